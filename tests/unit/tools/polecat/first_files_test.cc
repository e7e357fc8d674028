#include "tools/polecat/first_files.hh"

#include <gmock/gmock.h>

#include "tests/unit/tools/polecat/tree_of_files.hh"

namespace mincs::polecat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FirstFiles, AreTheProgramItsLoaderAndLibrariesInOrder) {
    TreeOfFiles tree;
    tree.link("bin/tool", "/usr/bin/tool");
    tree.elf("usr/bin/tool", {.interpreter = "/lib/ld.so", .needed = {"libz.so", "liba.so"}});
    tree.elf("lib/ld.so");
    tree.elf("usr/lib/libz.so", {.needed = {"libc.so"}});
    tree.elf("usr/lib/liba.so", {.needed = {"libc.so"}});
    tree.elf("usr/lib/libc.so");
    tree.file("etc/conf");
    Closure closure(tree.root, {});
    closure.add("/bin/tool", "test");
    closure.add("/etc/conf", "test");
    EXPECT_THAT(first_files(tree.root, closure, "/bin/tool", {}),
                ElementsAre("/usr/bin/tool", "/lib/ld.so", "/usr/lib/libz.so", "/usr/lib/liba.so",
                            "/usr/lib/libc.so"));
}

TEST(FirstFiles, OfAScriptAreItsInterpreters) {
    TreeOfFiles tree;
    tree.file("bin/script", "#!/bin/sh\n", 0755);
    tree.elf("bin/sh");
    Closure closure(tree.root, {});
    closure.add("/bin/script", "test");
    EXPECT_THAT(first_files(tree.root, closure, "/bin/script", {}),
                ElementsAre("/bin/script", "/bin/sh"));
}

TEST(FirstFiles, AreWhatARunLoadedAndThenWhatItRead) {
    TreeOfFiles tree;
    tree.elf("bin/tool");
    tree.elf("usr/lib/module.so", {.needed = {"libssl.so"}});
    tree.elf("usr/lib/libssl.so");
    tree.elf("usr/lib/unasked.so");
    tree.file("usr/lib/module.py");
    tree.file("usr/lib/seen.py");
    Closure closure(tree.root, {});
    for (const std::string name : {"module.so", "unasked.so", "module.py", "seen.py"})
        closure.add("/usr/lib/" + name, "test");
    closure.add("/bin/tool", "test");
    TracedRun run;
    run.trace = {
        {"/bin/tool", {.uses = kExecute}},       {"/usr/lib", {.uses = kOpen}},
        {"/usr/lib/absent.py", {.uses = kOpen}}, {"/usr/lib/module.py", {.uses = kLook | kOpen}},
        {"/usr/lib/module.so", {.uses = kOpen}}, {"/usr/lib/seen.py", {.uses = kLook}}};
    const std::set<std::string> opened = opened_files(closure, {run});
    EXPECT_THAT(opened, ElementsAre("/bin/tool", "/usr/lib/module.py", "/usr/lib/module.so"));
    EXPECT_THAT(
        first_files(tree.root, closure, "/bin/tool", opened),
        ElementsAre("/bin/tool", "/usr/lib/module.so", "/usr/lib/libssl.so", "/usr/lib/module.py"));
}

TEST(FirstFiles, AreSoManyAtMost) {
    TreeOfFiles tree;
    tree.elf("bin/tool");
    Closure closure(tree.root, {});
    closure.add("/bin/tool", "test");
    std::set<std::string> opened;
    for (std::size_t i = 0; i < kMostFirstFiles; ++i) {
        const std::string path = "/data/" + std::to_string(i);
        tree.file(path.substr(1));
        closure.add(path, "test");
        opened.insert(path);
    }
    const std::vector<std::string> first = first_files(tree.root, closure, "/bin/tool", opened);
    EXPECT_EQ(first.size(), kMostFirstFiles);
    EXPECT_EQ(first.front(), "/bin/tool");
}

TEST(FirstFiles, AreNotWhatIsNotPackedOrTooLarge) {
    TreeOfFiles tree;
    tree.elf("bin/tool", {.needed = {"libbig.so", "libc.so"}});
    tree.elf("usr/lib/libbig.so");
    std::filesystem::resize_file(tree.host_path("usr/lib/libbig.so"), 64 << 20);
    tree.elf("usr/lib/libc.so");
    Closure closure(tree.root, {});
    EXPECT_THAT(first_files(tree.root, closure, "/bin/tool", {}), IsEmpty());
    closure.add("/bin/tool", "test");
    EXPECT_THAT(first_files(tree.root, closure, "/bin/tool", {}),
                ElementsAre("/bin/tool", "/usr/lib/libc.so"));
    EXPECT_THAT(first_files(tree.root, closure, "/bin/none", {}), IsEmpty());
    EXPECT_THAT(first_files(tree.root, closure, "", {}), IsEmpty());
}

}  // namespace
}  // namespace mincs::polecat
