// ermine-breeder's command line.
#include "tools/ermine-breeder/options.hh"

#include <gmock/gmock.h>

#include <vector>

#include "libermine/kit.hh"
#include "tests/support/error_of.hh"

namespace mincs::breeder {
namespace {

using test::error_of;
using testing::HasSubstr;

Options parsed(std::vector<const char*> words) {
    words.insert(words.begin(), "ermine-breeder");
    return *parse_options(static_cast<int>(words.size()), words.data());
}
std::string complaint(const std::vector<const char*>& words) {
    return error_of([&] { parsed(words); });
}

TEST(BreederOptions, WithoutACommandItIsDistroForThisMachine) {
    EXPECT_EQ(parsed({}).action, Action::kDistro);
    EXPECT_EQ(parsed({}).arch, ermine::own_architecture());
    EXPECT_EQ(parsed({"--arch", "um"}).action, Action::kDistro);
    EXPECT_EQ(parsed({"--arch", "um"}).arch, "um");
}

TEST(BreederOptions, EachCommandHasItsOwn) {
    EXPECT_EQ(parsed({"build", "-j", "3"}).jobs, 3);
    EXPECT_EQ(parsed({"clean"}).arch, "");
    EXPECT_EQ(parsed({"clean", "--kind", "build"}).kind, "build");
    EXPECT_TRUE(parsed({"testrun", "--shell"}).shell);
    EXPECT_EQ(parsed({"testrun", "-T", "5"}).timeout.count(), 5);
    EXPECT_EQ(parsed({"build", "--config"}).action, Action::kConfig);
    EXPECT_EQ(parsed({"--config"}).action, Action::kConfig);
}

TEST(BreederOptions, WrongWordsAreNamed) {
    EXPECT_THAT(complaint({"frob"}), HasSubstr("unknown command 'frob'"));
    EXPECT_THAT(complaint({"--arch", "mips"}), HasSubstr("'mips' is none of x86_64, arm64, um"));
    EXPECT_THAT(complaint({"clean", "--kind", "x"}), HasSubstr("'x' is none of build, distro"));
    EXPECT_THAT(complaint({"build", "-j", "0"}), HasSubstr("a number of jobs"));
    EXPECT_THAT(complaint({"testrun", "-T", "soon"}), HasSubstr("a time in seconds"));
    EXPECT_NE(complaint({"distro", "--shell"}), "no error");
    EXPECT_NE(complaint({"testrun", "--config"}), "no error");
    EXPECT_NE(complaint({"distro", "more"}), "no error");
}

}  // namespace
}  // namespace mincs::breeder
