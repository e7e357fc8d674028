#include "tools/polecat/command_words.hh"

#include <gmock/gmock.h>

namespace mincs::polecat {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(PlainWords, AreSplitAtBlanksAndUnquoted) {
    EXPECT_THAT(plain_words("git  log\t-3"), Optional(ElementsAre("git", "log", "-3")));
    EXPECT_THAT(plain_words("grep 'a  b' \"c'd\" e\\ f ''"),
                Optional(ElementsAre("grep", "a  b", "c'd", "e f", "")));
    EXPECT_THAT(plain_words("x --a=b c#d e~f"), Optional(ElementsAre("x", "--a=b", "c#d", "e~f")));
}

TEST(PlainWords, AreNoneWhereAShellIsNeeded) {
    for (const char* text :
         {"", "  ", "a | b", "a; b", "a > b", "echo $x", "echo \"$x\"", "ls *", "a && b", "A=b c",
          "cd /x", "exit 3", "for", "a # b", "ls ~", "open 'quote", "a\nb", "`x`", "end\\"})
        EXPECT_EQ(plain_words(text), std::nullopt) << text;
}

}  // namespace
}  // namespace mincs::polecat
