#include "tools/polecat/rules.hh"

#include <gmock/gmock.h>

#include "libcore/base/error.hh"
#include "tests/unit/tools/polecat/tree_of_files.hh"

namespace mincs::polecat {
namespace {

using testing::ElementsAre;

bool has(const Closure& closure, const std::string& path) {
    return closure.files().contains(path);
}

TEST(Rules, AreParsedByParagraph) {
    const Rules rules = Rules::parse(
        "# c\nrule one # named\nwhen a b\ntake /x\n\nrule two\nsecret s t\ntake /y /z\n");
    ASSERT_EQ(rules.rules.size(), 2u);
    EXPECT_THAT(rules.rules[0].when, ElementsAre("a", "b"));
    EXPECT_THAT(rules.rules[1].take, ElementsAre("/y", "/z"));
    EXPECT_THAT(rules.secrets, ElementsAre("s", "t"));
    EXPECT_THROW(Rules::parse("take /x\n"), Error);
    EXPECT_THROW(Rules::parse("rule x\nwhat /x\n"), Error);
    EXPECT_THROW(Rules::parse("rule\n"), Error);
}

TEST(Rules, BuiltInOnesAreWellFormed) {
    const Rules rules = Rules::built_in();
    EXPECT_GT(rules.rules.size(), 4u);
    EXPECT_GT(rules.secrets.size(), 10u);
    for (const Rule& rule : rules.rules)
        EXPECT_TRUE(rule.name == "secrets" ||
                    (!rule.when.empty() &&
                     !(rule.take.empty() && rule.whole.empty() && rule.beside.empty())))
            << rule.name;
}

TEST(Rules, OneRulesFilesWakeTheNext) {
    TreeOfFiles tree;
    tree.file("first");
    tree.file("second");
    tree.file("third");
    tree.file("never");
    Closure closure(tree.root, {});
    closure.add("/first", "opened");
    apply_rules(
        Rules::parse("rule c\nwhen /second\ntake /third\nrule b\nwhen /first\ntake /second\n"
                     "rule n\nwhen /nothing\ntake /never\n"),
        tree.root, {}, closure);
    EXPECT_TRUE(has(closure, "/third"));
    EXPECT_FALSE(has(closure, "/never"));
    EXPECT_EQ(closure.files().at("/third").why, "rule c");
}

TEST(Rules, GlibcBringsTheNameServiceAlong) {
    TreeOfFiles tree;
    tree.elf("bin/app", {.interpreter = "/lib64/ld.so", .needed = {"libc.so.6"}});
    tree.elf("lib64/ld.so");
    tree.elf("lib/x86_64-linux-gnu/libc.so.6");
    tree.file("etc/nsswitch.conf", "passwd: files custom\nhosts: files [NOTFOUND=return] dns\n");
    tree.file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    tree.file("etc/shadow", "root:*:\n");
    tree.elf("lib/x86_64-linux-gnu/libnss_custom.so.2");
    tree.elf("lib/x86_64-linux-gnu/libnss_unused.so.2");
    Closure closure(tree.root, {});
    closure.add("/bin/app", "executed");
    apply_rules(Rules::built_in(), tree.root, {}, closure);
    EXPECT_TRUE(has(closure, "/etc/nsswitch.conf"));
    EXPECT_TRUE(has(closure, "/etc/passwd"));
    EXPECT_TRUE(has(closure, "/lib/x86_64-linux-gnu/libnss_custom.so.2"));
    EXPECT_FALSE(has(closure, "/lib/x86_64-linux-gnu/libnss_unused.so.2"));
    EXPECT_FALSE(has(closure, "/etc/shadow"));
}

TEST(Rules, TakeTheLocaleInUse) {
    TreeOfFiles tree;
    tree.elf("lib/libc.so.6");
    tree.file("usr/lib/locale/de_DE.utf8/LC_TIME");
    tree.file("usr/lib/locale/fr_FR.utf8/LC_TIME");
    Closure closure(tree.root, {});
    closure.add("/lib/libc.so.6", "opened");
    apply_rules(Rules::built_in(), tree.root, {{"LANG", "de_DE.UTF-8"}, {"LC_ALL", "../.."}},
                closure);
    EXPECT_TRUE(has(closure, "/usr/lib/locale/de_DE.utf8/LC_TIME"));
    EXPECT_FALSE(has(closure, "/usr/lib/locale/fr_FR.utf8/LC_TIME"));
}

/// One pack of rules.txt: with `trigger` in the bundle, `taken` gets in and `left` does not.
struct Pack {
    std::string rule;
    std::string trigger;
    std::vector<std::string> taken;
    std::vector<std::string> left = {};
    std::map<std::string, std::string> environment = {};
};

const std::vector<Pack> kPacks = {
    {"base", "/x", {"/etc", "/tmp", "/home"}, {"/srv"}},
    {"nss",
     "/lib/libc.so.6",
     {"/etc/nsswitch.conf", "/etc/hosts", "/etc/resolv.conf", "/etc/gai.conf", "/etc/services"},
     {"/etc/shadow"}},
    {"musl",
     "/lib/ld-musl-x86_64.so.1",
     {"/etc/passwd", "/etc/resolv.conf", "/etc/ld-musl-x86_64.path"}},
    {"time",
     "/lib/libc.so.6",
     {"/etc/localtime", "/usr/share/zoneinfo/Europe/Berlin"},
     {"/usr/share/zoneinfo/Asia/Tokyo"},
     {{"TZ", ":Europe/Berlin"}}},
    {"tzdata",
     "/usr/share/zoneinfo/tzdata.zi",
     {"/usr/share/zoneinfo/Asia/Tokyo"},
     {"/usr/share/zoneinfo/right/Asia/Tokyo"}},
    {"locale",
     "/lib/libc.so.6",
     {"/usr/lib/locale/C.utf8/LC_CTYPE", "/usr/lib/locale/pt_BR.iso88591/LC_TIME",
      "/usr/lib/locale/locale-archive"},
     {"/usr/lib/locale/fr_FR.utf8/LC_TIME"},
     {{"LANG", "pt_BR.ISO-8859-1"}, {"LC_TIME", "xx_XX.UTF-8"}}},
    {"gconv",
     "/usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so",
     {"/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache",
      "/usr/lib/x86_64-linux-gnu/gconv/ISO8859-15.so"},
     {"/usr/lib/x86_64-linux-gnu/gconv/IBM037.so"}},
    {"terminfo",
     "/lib/libtinfo.so.6",
     {"/usr/share/terminfo/x/xterm-256color", "/lib/terminfo/l/linux",
      "/usr/share/terminfo/t/tmux"},
     {"/usr/share/terminfo/w/wy50"}},
    {"readline", "/lib/libreadline.so.8", {"/etc/inputrc"}},
    {"certificates",
     "/usr/lib/libssl.so.3",
     {"/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/0a1b.0", "/etc/ssl/openssl.cnf",
      "/etc/pki/tls/certs/ca-bundle.crt", "/usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so"},
     {"/etc/ssl/private/server.key"}},
    {"p11-kit",
     "/usr/lib/libgnutls.so.30",
     {"/usr/share/p11-kit/modules/p11-kit-trust.module", "/usr/lib64/pkcs11/p11-kit-trust.so"}},
    {"magic", "/usr/lib/libmagic.so.1", {"/usr/share/misc/magic.mgc", "/etc/magic"}},
    {"python",
     "/usr/lib/python3.11/json/__init__.py",
     {"/usr/lib/python3.11/json/tool.py", "/usr/lib/python3.11/json/deep/x.py"},
     {"/usr/lib/python3.11/xml/__init__.py", "/usr/lib/python3.11/json/tests/t.py"}},
    {"perl",
     "/usr/share/perl/5.36.0/JSON/PP.pm",
     {"/usr/share/perl/5.36.0/JSON/PP/Boolean.pm"},
     {"/usr/share/perl/5.36.0/JSON/XS/Boolean.pm"}},
    {"perl-unicode",
     "/usr/share/perl/5.36.0/unicore/Name.pl",
     {"/usr/share/perl/5.36.0/unicore/lib/Alpha/Y.pl"}},
    {"ruby",
     "/usr/lib/ruby/3.1.0/json.rb",
     {"/usr/lib/ruby/3.1.0/json/common.rb"},
     {"/usr/lib/ruby/3.1.0/set/sorted.rb"}},
    {"git",
     "/usr/bin/git",
     {"/usr/lib/git-core/git-submodule", "/usr/share/git-core/templates/hooks/x.sample"},
     {"/usr/lib/git-core/git-remote-https", "/usr/lib/git-core/git-daemon"}},
    {"git-scripts",
     "/usr/lib/git-core/git-sh-i18n",
     {"/usr/lib/git-core/git-sh-i18n--envsubst", "/usr/lib/git-core/mergetools/vimdiff-tool"}},
    {"git-remote", "/usr/lib/git-core/git-remote-http", {"/usr/lib/git-core/git-remote-ftp"}},
    {"vim",
     "/usr/bin/vim.basic",
     {"/usr/share/vim/vim90/syntax/c.vim", "/usr/share/vim/vim90/filetype.vim"},
     {"/usr/share/vim/vim90/doc/help.txt"}},
    {"nginx",
     "/usr/sbin/nginx",
     {"/etc/nginx/mime.types", "/usr/lib/nginx/modules/ngx_http_x.so", "/var/log/nginx"},
     {"/var/log/other"}},
};

class PackTest : public testing::TestWithParam<Pack> {};

TEST_P(PackTest, TakesWhatNoTraceSees) {
    const Pack& pack = GetParam();
    TreeOfFiles tree;
    for (const auto* paths : {&pack.taken, &pack.left})
        for (const std::string& path : *paths)
            path.find('.') == std::string::npos&& path.find('-') ==
                    std::string::npos&& path.find("Berlin") == std::string::npos
                ? tree.directory(path.substr(1))
                : tree.file(path.substr(1));
    pack.trigger.find(".so") != std::string::npos ? tree.elf(pack.trigger.substr(1))
                                                  : tree.file(pack.trigger.substr(1));
    const auto taken_by = [&](Rules rules) {
        Closure closure(tree.root, {});
        closure.add(pack.trigger, "opened");
        apply_rules(rules, tree.root, pack.environment, closure);
        std::vector<std::string> taken;
        for (const std::string& path : pack.taken)
            if (has(closure, path)) taken.push_back(path);
        for (const std::string& path : pack.left) EXPECT_FALSE(has(closure, path)) << path;
        return taken;
    };
    Rules rules = Rules::built_in();
    EXPECT_EQ(taken_by(rules), pack.taken);
    // And by this rule alone.
    std::erase_if(rules.rules, [&](const Rule& rule) { return rule.name == pack.rule; });
    EXPECT_NE(taken_by(rules), pack.taken);
}

INSTANTIATE_TEST_SUITE_P(Of, PackTest, testing::ValuesIn(kPacks), [](const auto& pack) {
    std::string name = pack.param.rule;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(Rules, EveryOneHasItsTest) {
    std::vector<std::string> tested = {"secrets"};
    for (const Pack& pack : kPacks) tested.push_back(pack.rule);
    std::vector<std::string> all;
    for (const Rule& rule : Rules::built_in().rules) all.push_back(rule.name);
    EXPECT_THAT(all, testing::UnorderedElementsAreArray(tested));
}

TEST(Rules, ALargeDirectoryIsNoPackage) {
    TreeOfFiles tree;
    tree.file("lib/collection/one.x");
    tree.file("lib/collection/large.y");
    std::filesystem::resize_file(tree.host_path("lib/collection/large.y"), kMaxNeighbourBytes + 1);
    tree.file("lib/package/one.x");
    tree.file("lib/package/two.y");
    Closure closure(tree.root, {});
    closure.add("/lib/collection/one.x", "opened");
    closure.add("/lib/package/one.x", "opened");
    apply_rules(Rules::parse("rule r\nwhen always\nwhole *.x\n"), tree.root, {}, closure);
    EXPECT_FALSE(has(closure, "/lib/collection/large.y"));
    EXPECT_TRUE(has(closure, "/lib/package/two.y"));
}

TEST(Tokens, AreKnownByTheirLook) {
    const std::string forty = "abcdefghijABCDEFGHIJ0123456789abcdefghij";
    EXPECT_TRUE(holds_token("token = ghp_" + forty));
    EXPECT_TRUE(holds_token("AKIA1234567890ABCDEF\n"));
    EXPECT_FALSE(holds_token("ghp_short"));
    EXPECT_FALSE(holds_token("xghp_" + forty));
    EXPECT_FALSE(holds_token("AKIAIOSFODNN7EXAMPLE"));
    EXPECT_FALSE(holds_token("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

TEST(Rules, SecretsAreKnownByNameAndContent) {
    TreeOfFiles tree;
    tree.file("root/.ssh/config");
    tree.file("root/.bash_history");
    tree.file("etc/shadow-");
    tree.file("srv/tls.key", "-----BEGIN RSA PRIVATE KEY-----\nMII\n");
    tree.file("srv/bundle.pem", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
    tree.file("srv/account.json", "{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMII\"}\n");
    tree.file("srv/key.ppk", "PuTTY-User-Key-File-3: ssh-ed25519\n");
    tree.file("srv/ci.conf", "t: glpat-abcdefghijABCDEFGHIJ\n");
    tree.file("home/me/.config/google-chrome/Default/Login Data");
    tree.file("usr/bin/tool", "text about -----BEGIN PRIVATE KEY----- in the middle");
    const Rules rules = Rules::built_in();
    for (const char* secret : {"/root/.ssh/config", "/root/.bash_history", "/etc/shadow-",
                               "/srv/tls.key", "/srv/account.json", "/srv/key.ppk", "/srv/ci.conf",
                               "/home/me/.config/google-chrome/Default/Login Data", "/app/.env",
                               "/home/me/.aws/sso/cache/x.json", "/run/secrets/db"})
        EXPECT_NE(why_secret(rules, tree.root, secret), "") << secret;
    for (const char* harmless : {"/srv/bundle.pem", "/usr/bin/tool"})
        EXPECT_EQ(why_secret(rules, tree.root, harmless), "") << harmless;
}

TEST(NssModules, AreTheWordsThatAreNoActions) {
    EXPECT_THAT(
        nss_modules("# x\npasswd: files systemd\nhosts: files mdns4 [!UNAVAIL=return]dns # y\n"
                    "bad line\nnetgroup: ../../evil\n"),
        ElementsAre("dns", "files", "mdns4", "systemd"));
}

}  // namespace
}  // namespace mincs::polecat
