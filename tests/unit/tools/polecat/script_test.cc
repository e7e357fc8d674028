#include "tools/polecat/script.hh"

#include <gmock/gmock.h>

#include "libcore/base/error.hh"
#include "libcore/base/process.hh"

namespace mincs::polecat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What this machine's shell makes of the script's first part.
Script read(const std::string& script) {
    const CommandResult result =
        run_command({"/bin/sh", "-c", reading_program(script)}, "", std::chrono::seconds(10));
    return parse_variables(result.output, "test");
}

TEST(Script, ItsVariablesAreReadByTheShell) {
    const Script script = read(
        "X=top\nCOMMAND=\"$X -b\"\nMKDIRS='/a /b/c'\nRMDIRS=/usr/share/doc\n"
        "echo said\ninstall_command() { exit 5; }\n");
    EXPECT_EQ(script.command, "top -b");
    EXPECT_THAT(script.mkdirs, ElementsAre("/a", "/b/c"));
    EXPECT_THAT(script.rmdirs, ElementsAre("/usr/share/doc"));
    EXPECT_THAT(read("true").mkdirs, IsEmpty());
    EXPECT_EQ(read("true").command, "");
}

TEST(Script, NonsenseIsSaid) {
    EXPECT_THROW(read("exit 0"), Error);
    EXPECT_THROW(read("MKDIRS=relative"), Error);
    EXPECT_THROW(read("RMDIRS=/"), Error);
    EXPECT_THROW(parse_variables("a", "x"), Error);
}

}  // namespace
}  // namespace mincs::polecat
