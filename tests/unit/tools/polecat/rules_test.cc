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
        EXPECT_TRUE(rule.name == "secrets" || !(rule.when.empty() || rule.take.empty()))
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

TEST(Rules, SecretsAreKnownByNameAndContent) {
    TreeOfFiles tree;
    tree.file("root/.ssh/config");
    tree.file("root/.bash_history");
    tree.file("etc/shadow-");
    tree.file("srv/tls.key", "-----BEGIN RSA PRIVATE KEY-----\nMII\n");
    tree.file("srv/bundle.pem", "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
    tree.file("usr/bin/tool", "text about -----BEGIN PRIVATE KEY----- in the middle");
    const Rules rules = Rules::built_in();
    for (const char* secret :
         {"/root/.ssh/config", "/root/.bash_history", "/etc/shadow-", "/srv/tls.key"})
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
