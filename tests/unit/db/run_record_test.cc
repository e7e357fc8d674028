#include "db/run_record.hh"

#include <gtest/gtest.h>
#include <unistd.h>

#include "libcore/base/files.hh"

namespace mincs::db {
namespace {

TEST(RunRecord, TextAndBack) {
    RunRecord record;
    record.init = {12, 3456};
    record.supervisor = {11, 3455};
    record.started_at = 1700000000;
    const auto running = parse_run_record(to_text(record));
    ASSERT_TRUE(running);
    EXPECT_EQ(running->init.pid, 12);
    EXPECT_EQ(running->init.start_time, 3456);
    EXPECT_EQ(running->supervisor.pid, 11);
    EXPECT_EQ(running->started_at, 1700000000);
    EXPECT_FALSE(running->exit_status);
    record.exit_status = 137;
    record.finished_at = 1700000009;
    const auto ended = parse_run_record(to_text(record));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->exit_status, 137);
    EXPECT_EQ(ended->finished_at, 1700000009);
}

TEST(RunRecord, WhatIsNoRecordIsNone) {
    for (const char* text : {"", "4711\n", "1 2 3 4\n", "a b c d e\n", "1 2 3 4 5", "0 0 0 0 0\n"})
        EXPECT_FALSE(parse_run_record(text)) << text;
    // A record that was cut: the run is there, its end is not known.
    EXPECT_FALSE(parse_run_record("1 2 3 4 5\nexited 1").value().exit_status);
}

TEST(RunRecord, IsWrittenByWhoeverHoldsTheLock) {
    const TempDir base;
    const ContainerDirectory directory(base.path());
    const FileLock lock = FileLock::acquire(directory.lock());
    EXPECT_FALSE(read_run_record(directory));
    record_start(directory, getpid());
    EXPECT_EQ(read_run_record(directory)->init.pid, getpid());
    EXPECT_GT(read_run_record(directory)->supervisor.start_time, 0);
    record_end(directory, 3);
    EXPECT_EQ(read_run_record(directory)->exit_status, 3);
    record_start(directory, getpid());
    EXPECT_FALSE(read_run_record(directory)->exit_status);
}

}  // namespace
}  // namespace mincs::db
