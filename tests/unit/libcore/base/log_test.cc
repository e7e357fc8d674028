// What a tool says on stderr: whose line it is, and that --debug's story stays quiet without it.
#include "libcore/base/log.hh"

#include <gtest/gtest.h>

namespace mincs {
namespace {

std::string stderr_of(LogLevel level) {
    set_log("tool", level);
    testing::internal::CaptureStderr();
    debug("step {}", 1);
    warning("no '{}', ignoring", "x");
    set_log("tool", LogLevel::kNormal);
    return testing::internal::GetCapturedStderr();
}

TEST(LogTest, TellsTheStoryOnlyWhenAsked) {
    EXPECT_EQ(stderr_of(LogLevel::kNormal), "tool: warning: no 'x', ignoring\n");
    EXPECT_EQ(stderr_of(LogLevel::kDebug),
              "tool: debug: step 1\ntool: warning: no 'x', ignoring\n");
}

TEST(LogTest, ALineMayHaveNoKind) {
    set_log("tool", LogLevel::kNormal);
    testing::internal::CaptureStderr();
    write_log_line("", "text");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "tool: text\n");
}

}  // namespace
}  // namespace mincs
