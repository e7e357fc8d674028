#include "tools/polecat/options.hh"

#include <gmock/gmock.h>

#include "libcore/base/error.hh"
#include "tools/polecat/working_directory.hh"

namespace mincs::polecat {
namespace {

using testing::ElementsAre;

std::optional<Options> parse(std::vector<const char*> words) {
    words.insert(words.begin(), "polecat");
    return parse_options(static_cast<int>(words.size()), words.data());
}

TEST(Options, RootAndCommandAreTheFirstWords) {
    const auto options = parse({"-o", "top.sh", "debian", "top", "-b", "-n", "1"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->output, "top.sh");
    EXPECT_EQ(options->root, "debian");
    EXPECT_THAT(options->command, ElementsAre("top", "-b", "-n", "1"));
    EXPECT_TRUE(options->binds.empty());
}

TEST(Options, DoubleDashEndsOurs) {
    const auto options = parse({"-T", "5", "--", "host", "ls", "--help"});
    EXPECT_EQ(options->root, "host");
    EXPECT_EQ(options->timeout, std::chrono::seconds(5));
    EXPECT_THAT(options->command, ElementsAre("ls", "--help"));
}

TEST(Options, RepeatedOnesTakeOneWordEach) {
    const auto options = parse(
        {"--include", "/a", "--include", "/b", "--exclude", "*.pyc", "-b", "/x:/y", "r", "c"});
    EXPECT_THAT(options->include, ElementsAre("/a", "/b"));
    EXPECT_THAT(options->exclude, ElementsAre("*.pyc"));
    EXPECT_THAT(options->binds, ElementsAre("/x:/y"));
    EXPECT_EQ(options->root, "r");
}

TEST(Options, TheOutputIsNamedAfterTheCommand) {
    EXPECT_EQ(parse({"r", "/usr/bin/top"})->output, "top.sh");
    EXPECT_EQ(parse({"-f", "elf", "r", "top"})->output, "top.run");
}

TEST(Options, WrongUseIsSaid) {
    for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                   {"r"},
                                                                   {"-T", "0", "r", "c"},
                                                                   {"-T", "x", "r", "c"},
                                                                   {"-f", "zip", "r", "c"},
                                                                   {"--nonsense", "r", "c"},
                                                                   {"-o"}})
        EXPECT_THROW(parse(words), UsageError) << words.size();
}

TEST(WorkingDirectory, IsShownUnlessItWouldHideTheApplication) {
    for (const char* shown : {"/root", "/home/me/x", "/tmp", "/work", "/var/lib/x", "/library"})
        EXPECT_TRUE(may_show(shown)) << shown;
    for (const char* hidden : {"/", "/usr", "/usr/share/x", "/etc", "/lib", "/lib64/x", "/proc",
                               "/var", "(unreachable)/x", ""})
        EXPECT_FALSE(may_show(hidden)) << hidden;
}

}  // namespace
}  // namespace mincs::polecat
