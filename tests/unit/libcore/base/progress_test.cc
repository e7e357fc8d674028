// Progress as lines (no terminal) and silence; several threads at once.
#include "libcore/base/progress.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "libcore/base/log.hh"

namespace mincs {
namespace {

std::string stderr_of(Progress::Style style) {
    set_log("tool", LogLevel::kNormal);
    testing::internal::CaptureStderr();
    {
        Progress progress(style);
        const Progress::Task task = progress.start("layer 1\x1b[2J", 2048);
        task.advance(1024);
        task.advance(1024);
        task.finish("done");
    }
    return testing::internal::GetCapturedStderr();
}

TEST(ProgressTest, OneLinePerFinishedTaskWithoutATerminal) {
    EXPECT_EQ(stderr_of(Progress::Style::kLines), "tool: layer 1\\x1b[2J 2.0 KiB done\n");
}

TEST(ProgressTest, NothingWhenQuiet) {
    EXPECT_EQ(stderr_of(Progress::Style::kQuiet), "");
}

TEST(ProgressTest, ManyThreadsMayAdvance) {
    testing::internal::CaptureStderr();
    {
        Progress progress(Progress::Style::kLines);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const Progress::Task task = progress.start("x", 0);
                for (int k = 0; k < 1000; ++k) task.advance(1);
                task.finish("done");
            });
        for (std::thread& thread : threads) thread.join();
    }
    const std::string lines = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 4);
    EXPECT_NE(lines.find("1000 B done"), std::string::npos);
}

}  // namespace
}  // namespace mincs
