#include "tools/polecat/closure.hh"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/tools/polecat/tree_of_files.hh"
#include "tools/polecat/glob.hh"

namespace mincs::polecat {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::vector<std::string> paths_of(const Closure& closure) {
    std::vector<std::string> paths;
    for (const auto& [path, file] : closure.files())
        if (path != "/") paths.push_back(path);
    return paths;
}

TEST(Closure, TakesDirectoriesOnTheWayButNotTheirOtherFiles) {
    TreeOfFiles tree;
    tree.file("usr/share/app/data");
    tree.file("usr/share/app/other");
    Closure closure(tree.root, {});
    closure.add("/usr/share/app/data", "opened");
    EXPECT_THAT(paths_of(closure),
                ElementsAre("/usr", "/usr/share", "/usr/share/app", "/usr/share/app/data"));
    EXPECT_EQ(closure.files().at("/usr/share/app/data").why, "opened");
}

TEST(Closure, TakesEveryLinkAndWhatItLeadsTo) {
    TreeOfFiles tree;
    tree.link("bin", "usr/bin");
    tree.link("usr/bin/editor", "/etc/alternatives/editor");
    tree.link("etc/alternatives/editor", "../../usr/bin/vi");
    tree.file("usr/bin/vi");
    Closure closure(tree.root, {});
    closure.add("/bin/editor", "executed");
    EXPECT_THAT(
        paths_of(closure),
        UnorderedElementsAre("/bin", "/usr", "/usr/bin", "/usr/bin/editor", "/etc",
                             "/etc/alternatives", "/etc/alternatives/editor", "/usr/bin/vi"));
    EXPECT_EQ(closure.files().at("/bin").link, "usr/bin");
}

TEST(Closure, KeepsALinkThatWasOnlyLookedAt) {
    TreeOfFiles tree;
    tree.link("etc/localtime", "/usr/zone");
    tree.file("usr/zone");
    Closure closure(tree.root, {});
    closure.add("/etc/localtime", "looked at", Closure::Links::kKeep);
    EXPECT_THAT(paths_of(closure), ElementsAre("/etc", "/etc/localtime"));
}

TEST(Closure, SurvivesLoopsOfLinksAndDotDotAtTheTop) {
    TreeOfFiles tree;
    tree.link("a", "b");
    tree.link("b", "/a");
    tree.link("self", ".");
    tree.file("x/file");
    Closure closure(tree.root, {});
    closure.add("/a/thing", "opened");
    closure.add("/self/self/x/../../../x/file", "opened");
    EXPECT_THAT(paths_of(closure), UnorderedElementsAre("/a", "/b", "/self", "/x", "/x/file"));
}

TEST(Closure, ALinkOutOfTheRootStaysInside) {
    TreeOfFiles tree;
    tree.link("escape", "../../../../../../etc/passwd");
    Closure closure(tree.root, {});
    closure.add("/escape", "opened");
    EXPECT_THAT(paths_of(closure), ElementsAre("/escape"));
}

TEST(Closure, LeavesKernelFilesHiddenDirectoriesAndVetoedFilesOut) {
    TreeOfFiles tree;
    tree.file("proc/cpuinfo");
    tree.file("vault/secret");
    tree.file("home/file");
    ClosureOptions options;
    options.hidden = {"/home"};
    options.veto = [](const std::string& path, const fs::RootDir&) {
        return path.ends_with("secret") ? std::string("it is one") : std::string();
    };
    Closure closure(tree.root, options);
    for (const char* path : {"/proc/cpuinfo", "/vault/secret", "/vault/secret", "/home/file"})
        closure.add(path, "opened");
    EXPECT_THAT(paths_of(closure), ElementsAre("/home", "/proc", "/vault"));
    ASSERT_EQ(closure.left_out().size(), 1u);
    EXPECT_EQ(closure.left_out().front().path, "/vault/secret");
}

TEST(Closure, LeavesDevicesAndFifosOutWithoutOpeningThem) {
    TreeOfFiles tree;
    tree.directory("run");
    ASSERT_EQ(mkfifo(tree.host_path("run/fifo").c_str(), 0600), 0);
    Closure closure(tree.root, {});
    closure.add("/run/fifo", "opened");
    EXPECT_THAT(paths_of(closure), ElementsAre("/run"));
    EXPECT_EQ(closure.left_out().size(), 1u);
}

TEST(Closure, FindsLoaderAndLibrariesRecursively) {
    TreeOfFiles tree;
    tree.elf("usr/bin/app", {.interpreter = "/lib64/ld.so", .needed = {"liba.so"}});
    tree.elf("lib64/ld.so");
    tree.elf("usr/lib/liba.so.1", {.needed = {"libb.so", "libgone.so"}});
    tree.link("usr/lib/liba.so", "liba.so.1");
    tree.elf("lib/libb.so");
    Closure closure(tree.root, {});
    closure.add("/usr/bin/app", "executed");
    for (const char* path :
         {"/lib64/ld.so", "/usr/lib/liba.so", "/usr/lib/liba.so.1", "/lib/libb.so"})
        EXPECT_THAT(paths_of(closure), Contains(path));
    EXPECT_EQ(closure.files().at("/lib/libb.so").why, "library of /usr/lib/liba.so.1");
    EXPECT_THAT(closure.missing_libraries(), ElementsAre("libgone.so of /usr/lib/liba.so.1"));
}

TEST(Closure, RpathIsInheritedRunpathIsNot) {
    TreeOfFiles tree;
    tree.elf("opt/old/bin/app", {.needed = {"libx.so"}, .rpath = "$ORIGIN/../lib"});
    tree.elf("opt/old/lib/libx.so", {.needed = {"liby.so"}});
    tree.elf("opt/old/lib/liby.so");
    tree.elf("opt/new/bin/app", {.needed = {"libv.so"}, .runpath = "${ORIGIN}/../lib"});
    tree.elf("opt/new/lib/libv.so", {.needed = {"libw.so"}});
    tree.elf("opt/new/lib/libw.so");
    Closure closure(tree.root, {});
    closure.add("/opt/old/bin/app", "executed");
    closure.add("/opt/new/bin/app", "executed");
    EXPECT_THAT(paths_of(closure), Contains("/opt/old/lib/liby.so"));
    EXPECT_THAT(paths_of(closure), Contains("/opt/new/lib/libv.so"));
    EXPECT_THAT(paths_of(closure), Not(Contains("/opt/new/lib/libw.so")));
}

TEST(Closure, PassesOverLibrariesOfAnotherMachine) {
    TreeOfFiles tree;
    tree.file("etc/ld.so.conf", "include ld.so.conf.d/*.conf\n");
    tree.file("etc/ld.so.conf.d/a.conf", "# comment\n/opt/arm\n/opt/amd\n");
    tree.elf("opt/arm/libx.so", {.machine = 183});
    tree.elf("opt/amd/libx.so");
    tree.elf("bin/app", {.needed = {"libx.so"}});
    Closure closure(tree.root, {});
    closure.add("/bin/app", "executed");
    EXPECT_THAT(paths_of(closure), Contains("/opt/amd/libx.so"));
    EXPECT_THAT(paths_of(closure), Not(Contains("/opt/arm/libx.so")));
}

TEST(Closure, OriginIsWhereALibraryWasFound) {
    TreeOfFiles tree;
    tree.elf("app", {.needed = {"liba.so"}, .rpath = "/links"});
    tree.link("links/liba.so", "../store/liba.so.1");
    tree.elf("store/liba.so.1", {.needed = {"libb.so"}, .runpath = "$ORIGIN/deep"});
    tree.elf("links/deep/libb.so");
    Closure closure(tree.root, {});
    closure.add("/app", "executed");
    EXPECT_THAT(paths_of(closure), Contains("/links/deep/libb.so"));
}

TEST(Closure, LibAndPlatformAreExpanded) {
    TreeOfFiles tree;
    tree.elf("app", {.needed = {"liba.so", "libb.so"}, .runpath = "/opt/$LIB:/opt/${PLATFORM}"});
    tree.elf("opt/lib64/liba.so");
    tree.elf("opt/x86_64/libb.so");
    Closure closure(tree.root, {});
    closure.add("/app", "executed");
    EXPECT_THAT(closure.missing_libraries(), testing::IsEmpty());
}

TEST(Closure, MuslLooksWhereItsPathFileSays) {
    TreeOfFiles tree;
    tree.file("etc/ld-musl-x86_64.path", "/opt/one:/opt/two\n/opt/three\n");
    tree.elf("app", {.interpreter = "/lib/ld-musl-x86_64.so.1", .needed = {"liba.so", "libb.so"}});
    tree.elf("lib/ld-musl-x86_64.so.1");
    tree.elf("opt/two/liba.so");
    tree.elf("opt/three/libb.so");
    Closure closure(tree.root, {});
    closure.add("/app", "executed");
    EXPECT_THAT(closure.missing_libraries(), testing::IsEmpty());
}

TEST(Closure, TakesTheVariantsForNewerProcessorsAlong) {
    TreeOfFiles tree;
    tree.elf("app", {.needed = {"liba.so"}});
    tree.elf("usr/lib/liba.so");
    tree.elf("usr/lib/glibc-hwcaps/x86-64-v3/liba.so");
    tree.elf("usr/lib/glibc-hwcaps/x86-64-v4/liba.so", {.machine = 183});
    tree.elf("usr/lib/glibc-hwcaps/x86-64-v3/libother.so");
    Closure closure(tree.root, {});
    closure.add("/app", "executed");
    EXPECT_THAT(paths_of(closure), Contains("/usr/lib/glibc-hwcaps/x86-64-v3/liba.so"));
    EXPECT_THAT(paths_of(closure), Not(Contains("/usr/lib/glibc-hwcaps/x86-64-v4/liba.so")));
    EXPECT_THAT(paths_of(closure), Not(Contains("/usr/lib/glibc-hwcaps/x86-64-v3/libother.so")));
}

TEST(Closure, ConfigurationsThatIncludeEachOtherEnd) {
    TreeOfFiles tree;
    std::string all;
    for (int i = 0; i < 8; ++i) all += "include /etc/conf.d/*\n";
    tree.file("etc/ld.so.conf", all);
    for (int i = 0; i < 8; ++i) tree.file("etc/conf.d/" + std::to_string(i), all);
    tree.elf("app", {.needed = {"liba.so"}});
    tree.elf("usr/lib/liba.so");
    Closure closure(tree.root, {});
    closure.add("/app", "executed");
    EXPECT_THAT(paths_of(closure), Contains("/usr/lib/liba.so"));
}

TEST(Closure, FollowsInterpretersOfScripts) {
    TreeOfFiles tree;
    tree.file("usr/bin/tool", "#! /usr/bin/env -S python3 -u\nprint()\n", 0755);
    tree.elf("usr/bin/env");
    tree.file("usr/local/bin/python3", "#!/opt/python/run\n", 0755);
    tree.elf("opt/python/run");
    Closure closure(tree.root, {.search_path = {"/nowhere", "/usr/local/bin", "/usr/bin"}});
    closure.add("/usr/bin/tool", "executed");
    for (const char* path : {"/usr/bin/env", "/usr/local/bin/python3", "/opt/python/run"})
        EXPECT_THAT(paths_of(closure), Contains(path));
}

TEST(Closure, ScriptsThatInterpretEachOtherEnd) {
    TreeOfFiles tree;
    tree.file("a", "#!/b\n", 0755);
    tree.file("b", "#!/a\n", 0755);
    Closure closure(tree.root, {});
    closure.add("/a", "executed");
    EXPECT_THAT(paths_of(closure), ElementsAre("/a", "/b"));
}

TEST(Closure, BrokenElfFilesAreJustFiles) {
    TreeOfFiles tree;
    const std::string whole =
        make_elf({.interpreter = "/ld", .needed = {"liba.so"}, .rpath = "/x", .machine = 62});
    std::vector<std::string> expected;
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        const std::string path = "broken" + std::to_string(size);
        tree.file(path, whole.substr(0, size));
        expected.push_back("/" + path);
    }
    std::string wild = whole;  // every offset and size at its largest
    for (std::size_t i = 64; i < wild.size(); ++i) wild[i] = '\xff';
    tree.file("wild", wild);
    expected.push_back("/wild");
    Closure closure(tree.root, {});
    for (const std::string& path : expected) closure.add(path, "opened");
    EXPECT_THAT(paths_of(closure), testing::UnorderedElementsAreArray(expected));
}

TEST(Glob, MatchesWithinAComponentAndBelowByTwoStars) {
    TreeOfFiles tree;
    tree.file("lib/a.so");
    tree.file("lib/b.so");
    tree.file("lib/sub/c.so");
    tree.file("lib/.hidden");
    tree.link("lib/loop", "loop");
    EXPECT_THAT(glob(tree.root, "/lib/*.so"), ElementsAre("/lib/a.so", "/lib/b.so"));
    EXPECT_THAT(glob(tree.root, "/*/sub/?.so"), ElementsAre("/lib/sub/c.so"));
    EXPECT_THAT(glob(tree.root, "/lib/**"), ElementsAre("/lib/.hidden", "/lib/a.so", "/lib/b.so",
                                                        "/lib/loop", "/lib/sub", "/lib/sub/c.so"));
    EXPECT_THAT(glob(tree.root, "/lib/loop/x"), IsEmpty());
    EXPECT_THAT(glob(tree.root, "/lib/loop"), ElementsAre("/lib/loop"));
    EXPECT_THAT(glob(tree.root, "/gone/*"), IsEmpty());
}

TEST(Matches, NamesThePathAndWhatIsBelow) {
    EXPECT_TRUE(matches("*.pem", "/etc/x/key.pem"));
    EXPECT_TRUE(matches("/usr/share/doc", "/usr/share/doc/a/b"));
    EXPECT_FALSE(matches("/usr/share/doc", "/usr/share/docs"));
}

}  // namespace
}  // namespace mincs::polecat
