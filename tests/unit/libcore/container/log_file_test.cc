#include "libcore/container/log_file.hh"

#include <gtest/gtest.h>

#include "libcore/base/files.hh"

namespace mincs::container {
namespace {

constexpr timespec kNow = {1700000000, 5};

class LogFiles : public testing::Test {
 protected:
    std::string read_text() {
        std::string text;
        LogReader(path_).read([&](const LogLine& line) {
            text += line.text;
            if (line.is_full) text += '\n';
        });
        return text;
    }
    TempDir base_;
    std::filesystem::path path_ = base_.path() / "log";
};

TEST_F(LogFiles, ALineHasTimeStreamAndTag) {
    LogFile log(path_, 1 << 20);
    LogStream(log, "stderr").take("hello\n", kNow);
    EXPECT_EQ(read_file(path_), "2023-11-14T22:13:20.000000005Z stderr F hello\n");
}

TEST_F(LogFiles, ALineMayComeInPiecesAndMayHaveNoEnd) {
    LogFile log(path_, 1 << 20);
    LogStream stream(log, "stdout");
    stream.take("a", kNow);
    EXPECT_EQ(read_text(), "");
    stream.take("b\n\nc", kNow);
    EXPECT_EQ(read_text(), "ab\n\n");
    stream.finish(kNow);
    EXPECT_EQ(read_text(), "ab\n\nc");
}

TEST_F(LogFiles, ALongLineIsCutAndComesOutWhole) {
    LogFile log(path_, 1 << 20);
    LogStream stream(log, "stdout");
    const std::string exact(kLongestLogLine, 'x'), longer(3 * kLongestLogLine + 7, 'y');
    stream.take(exact + "\n" + longer + "\n", kNow);
    EXPECT_EQ(read_text(), exact + "\n" + longer + "\n");
    EXPECT_NE(read_file(path_).find(" P y"), std::string::npos);
    EXPECT_EQ(read_file(path_).find(" P x"), std::string::npos);
}

TEST_F(LogFiles, TwoFilesOfBoundedSize) {
    LogFile log(path_, 1000);
    LogStream stream(log, "stdout");
    for (int i = 0; i < 200; ++i) stream.take(fmt::format("line {}\n", i), kNow);
    EXPECT_LE(std::filesystem::file_size(path_), 1000u);
    EXPECT_LE(std::filesystem::file_size(old_log(path_)), 1000u);
    const std::string text = read_text();
    EXPECT_TRUE(text.ends_with("line 198\nline 199\n"));
    EXPECT_GT(std::count(text.begin(), text.end(), '\n'), 20);
}

TEST_F(LogFiles, AnotherRunGoesOnBehind) {
    {
        LogFile log(path_, 1000);
        LogStream(log, "stdout").take("one\n", kNow);
    }
    LogFile log(path_, 1000);
    LogStream(log, "stdout").take("two\n", kNow);
    EXPECT_EQ(read_text(), "one\ntwo\n");
}

TEST_F(LogFiles, AReaderFollowsOverTheChangeOfFiles) {
    LogFile log(path_, 200);
    LogStream stream(log, "stdout");
    LogReader reader(path_);
    std::string text;
    for (int i = 0; i < 20; ++i) {
        stream.take(fmt::format("{}\n", i), kNow);
        reader.read([&](const LogLine& line) { text += fmt::format("{} ", line.text); });
    }
    EXPECT_EQ(text, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 ");
}

TEST_F(LogFiles, WhatIsNoLineIsPassedOver) {
    write_file_atomic(path_,
                      "garbage\n\n2023Z stdout X a\n2023Z nowhere F a\n2023Z stdout F good\n");
    EXPECT_EQ(read_text(), "good\n");
}

}  // namespace
}  // namespace mincs::container
