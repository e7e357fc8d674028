// The one error system: what messages look like, and that strangers' names cannot drive a terminal.
#include "libcore/base/error.hh"

#include <gtest/gtest.h>

#include "libcore/base/tool.hh"

namespace mincs {
namespace {

TEST(ErrorTest, SysErrorEndsWithTheErrnoText) {
    const SysError error(EACCES, "opening '{}'", "/x");
    EXPECT_STREQ(error.what(), "opening '/x': Permission denied");
    EXPECT_EQ(error.code(), EACCES);
    EXPECT_STREQ(SysError(12345, "x").what(), "x: error 12345");
}

TEST(ErrorTest, CheckThrowsOnMinusOneOnly) {
    EXPECT_EQ(check(0, "fine"), 0);
    EXPECT_EQ(check(-2, "fine"), -2);
    errno = ENOENT;
    try {
        check(-1L, "asking for '{}'", "it");
        FAIL() << "accepted";
    } catch (const SysError& error) {
        EXPECT_STREQ(error.what(), "asking for 'it': No such file or directory");
    }
}

TEST(ErrorTest, CarriesAHint) {
    EXPECT_EQ(Error("x").with_hint("do y").hint(), "do y");
    EXPECT_TRUE(Error("x").hint().empty());
}

TEST(PrintableTest, KeepsTextAsItIs) {
    EXPECT_EQ(printable("a b/ü€😀"), "a b/ü€😀");
    EXPECT_EQ(printable(""), "");
}

TEST(PrintableTest, WritesControlCharactersOut) {
    EXPECT_EQ(printable("a\nb\tc"), "a\\nb\\tc");
    EXPECT_EQ(printable("\x1b[2J\x7f\r"), "\\x1b[2J\\x7f\\x0d");
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(PrintableTest, WritesTheEightBitControlsOut) {
    // U+009B is CSI: terminals obey it as they obey ESC [ (ECMA-48, section 5.3).
    EXPECT_EQ(printable("\xc2\x9b"
                        "2J"),
              "\\xc2\\x9b2J");
    EXPECT_EQ(printable("\x9b"
                        "2J"),
              "\\x9b2J");
}

TEST(PrintableTest, WritesBytesThatAreNoUtf8Out) {
    EXPECT_EQ(printable("a\xff"), "a\\xff");
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");           // cut short
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // '/' in two bytes
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
}

int run_quietly(const std::function<int()>& body, std::string& errors) {
    testing::internal::CaptureStderr();
    const int status = run_tool("tool", {3, 4}, body);
    errors = testing::internal::GetCapturedStderr();
    return status;
}

TEST(RunToolTest, TurnsExceptionsIntoOneLineAndAStatus) {
    std::string errors;
    EXPECT_EQ(run_quietly([] { return 7; }, errors), 7);
    EXPECT_EQ(errors, "");
    EXPECT_EQ(run_quietly([]() -> int { throw Error("no '{}'", "x"); }, errors), 3);
    EXPECT_EQ(errors, "tool: error: no 'x'\n");
    // A hint must not turn what is thrown into a plain Error.
    EXPECT_EQ(run_quietly([]() -> int { throw UsageError("what?").with_hint("try y"); }, errors), 4)
        << "a hint leaves an error's type as it is";
    EXPECT_EQ(errors, "tool: error: what?\ntool: hint: try y\n");
    EXPECT_EQ(run_quietly([]() -> int { throw UsageError("what?"); }, errors), 4);
    EXPECT_EQ(errors, "tool: error: what?\n");
    EXPECT_EQ(run_quietly([]() -> int { throw std::bad_alloc(); }, errors), 3);
    EXPECT_EQ(errors, "tool: error: out of memory\n");
}

}  // namespace
}  // namespace mincs
