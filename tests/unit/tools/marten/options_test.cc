#include "tools/marten/options.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "marten");
    return parse_options(static_cast<int>(words.size()), words.data()).value();
}

TEST(Options, PullTakesReferencesAndFlagsInAnyOrder) {
    const auto pull =
        std::get<PullOptions>(parse({"pull", "a", "-q", "b", "--platform", "linux/arm64"}).command);
    EXPECT_EQ(pull.references, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(pull.quiet);
    EXPECT_EQ(pull.platform.to_string(), "linux/arm64");
    EXPECT_EQ(std::get<PullOptions>(parse({"pull", "a"}).command).platform.to_string(),
              registry::Platform::host().to_string());
}

TEST(Options, AliasesAreTheCommands) {
    for (const char* name : {"li", "images"})
        EXPECT_TRUE(std::holds_alternative<ListImages>(parse({name}).command)) << name;
    for (const char* name : {"lc", "list", "ps"})
        EXPECT_TRUE(std::holds_alternative<ListContainers>(parse({name}).command)) << name;
}

TEST(Options, FormatBelongsToItsCommand) {
    EXPECT_EQ(std::get<ListImages>(parse({"li", "--format", "json"}).command).format, "json");
    EXPECT_EQ(std::get<ListContainers>(parse({"lc", "--format=json"}).command).format, "json");
    EXPECT_EQ(std::get<ListImages>(parse({"li"}).command).format, "table");
    EXPECT_TRUE(std::get<ListImages>(parse({"li", "--long"}).command).full);
}

TEST(Options, DebugGoesBeforeOrAfterTheCommand) {
    EXPECT_TRUE(parse({"--debug", "li"}).debug);
    EXPECT_TRUE(parse({"li", "--debug"}).debug);
    EXPECT_TRUE(parse({"rmi", "a", "--debug"}).debug);
    EXPECT_FALSE(parse({"li"}).debug);
}

TEST(Options, ImportNameIsOptional) {
    const auto import = std::get<ImportOptions>(parse({"import", "dir"}).command);
    EXPECT_EQ(import.source, "dir");
    EXPECT_EQ(import.name, "");
    EXPECT_FALSE(import.cross_mounts);
    EXPECT_EQ(std::get<ImportOptions>(parse({"import", "dir", "x"}).command).name, "x");
}

TEST(Options, WrongUseIsAUsageError) {
    const std::vector<std::vector<const char*>> wrong = {{"nonsense"},
                                                         {"pull"},
                                                         {"rm"},
                                                         {"tag", "a"},
                                                         {"li", "x"},
                                                         {"li", "--format", "xml"},
                                                         {"--nothing"},
                                                         {"pull", "-z", "a"},
                                                         {"pull", "a", "--platform", "//"},
                                                         {"li", "lc"}};
    for (const auto& words : wrong) EXPECT_THROW(parse(words), UsageError) << words.front();
}

TEST(Options, HelpAndVersionAreNoCommand) {
    for (const char* flag : {"--help", "--version"}) {
        const char* words[] = {"marten", flag};
        testing::internal::CaptureStdout();
        EXPECT_FALSE(parse_options(2, words));
        EXPECT_NE(testing::internal::GetCapturedStdout().find("marten"), std::string::npos);
    }
}

}  // namespace
}  // namespace mincs::marten
