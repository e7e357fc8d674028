// Programs that work for long: what they say, how they fail, and that none outlives its time.
#include "tools/ermine-breeder/job.hh"

#include <gmock/gmock.h>

#include "libcore/base/detailed_error.hh"

namespace mincs::breeder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Job, ItsLinesComeOneByOne) {
    std::vector<std::string> lines;
    Job job{.argv = {"sh", "-c", "pwd; echo two >&2; printf three; exit 3"}, .directory = "/proc"};
    job.on_line = [&](std::string_view line) { lines.emplace_back(line); };
    const JobResult result = run_job(job);
    EXPECT_EQ(result.status, 3);
    EXPECT_FALSE(result.timed_out);
    EXPECT_THAT(lines, ElementsAre("/proc", "two", "three"));
    EXPECT_EQ(result.last_lines, lines);
}

TEST(Job, OnlyTheLastLinesAreKeptAndNoneIsLong) {
    const JobResult result =
        run_job({.argv = {"sh", "-c", "seq 1000; printf %01000d 7; printf '\\033[2J'"}});
    EXPECT_EQ(result.last_lines.size(), 40u);
    EXPECT_EQ(result.last_lines.back(), std::string(200, '0').substr(1) + "7\\x1b[2J");
}

TEST(Job, ItIsAskedAgainAndAgain) {
    int asked = 0;
    Job job{.argv = {"sh", "-c", "read -r first; read -r second; echo $first $second"},
            .timeout = std::chrono::seconds(30)};
    job.input = [&] { return fmt::format("{}\n", ++asked); };
    EXPECT_THAT(run_job(job).last_lines, ElementsAre("1 2"));
}

TEST(Job, WithoutInputItsStdinEnds) {
    EXPECT_EQ(run_job({.argv = {"cat"}, .timeout = std::chrono::seconds(30)}).status, 0);
}

TEST(Job, OneThatReadsNoneOfItIsNoError) {
    Job job{.argv = {"sh", "-c", "exec <&-; sleep 1.5; echo done"}};
    job.input = [] { return std::string("x\n"); };
    EXPECT_THAT(run_job(job).last_lines, ElementsAre("done"));
}

TEST(Job, WhatTakesTooLongIsKilled) {
    const JobResult result =
        run_job({.argv = {"sleep", "100"}, .timeout = std::chrono::seconds(1)});
    EXPECT_TRUE(result.timed_out);
    EXPECT_EQ(result.status, 128 + 9);
}

TEST(Job, TheCallerCanEndIt) {
    Job job{.argv = {"sleep", "100"}};
    job.on_tick = [] { return true; };
    const JobResult result = run_job(job);
    EXPECT_FALSE(result.timed_out);
    EXPECT_EQ(result.status, 128 + 9);
}

TEST(Job, AFailureShowsItsLastWords) {
    try {
        run_job_or_throw({.argv = {"sh", "-c", "seq 30; exit 2"}}, "counting", "count less");
        FAIL();
    } catch (const DetailedError& error) {
        EXPECT_STREQ(error.what(), "counting: 'sh' failed with status 2");
        EXPECT_EQ(error.details().size(), 10u);
        EXPECT_EQ(error.details().back(), "30");
        EXPECT_EQ(error.hint(), "count less");
    }
}

TEST(Job, AMissingProgramIsNamed) {
    try {
        run_job_or_throw({.argv = {"no-such-program"}}, "trying");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "trying: 'no-such-program' is not installed");
    }
}

}  // namespace
}  // namespace mincs::breeder
