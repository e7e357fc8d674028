#include "tools/marten/stop.hh"

#include <gtest/gtest.h>

#include <csignal>

#include "libcore/base/error.hh"
#include "tools/marten/worker.hh"

namespace mincs::marten {
namespace {

TEST(StopSignals, SignalIsAWishAndTheHandlersGoWithTheirOwner) {
    {
        const StopSignals stop;
        EXPECT_EQ(stop.signal(), 0);
        EXPECT_NO_THROW(stop.check());
        raise(SIGTERM);
        EXPECT_EQ(stop.signal(), SIGTERM);
        EXPECT_EQ(stop.name(), "SIGTERM");
        EXPECT_TRUE(stop.flag());
        EXPECT_THROW(stop.check(), Error);
    }
    struct sigaction now = {};
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaction(number, nullptr, &now);
        EXPECT_EQ(now.sa_handler, SIG_DFL) << number;
    }
    EXPECT_FALSE(StopSignals().flag());
}

TEST(StopSignals, IgnoredSignalStaysIgnored) {
    std::signal(SIGHUP, SIG_IGN);
    {
        const StopSignals stop;
        raise(SIGHUP);
        EXPECT_EQ(stop.signal(), 0);
    }
    EXPECT_EQ(std::signal(SIGHUP, SIG_DFL), SIG_IGN);
}

TEST(Failure, FirstOneIsReportedWithItsContextAndStopsTheRest) {
    const StopSignals stop;
    Failure failure(stop);
    EXPECT_NO_THROW(failure.rethrow());
    const auto capture = [&](const Error& error, const char* context) {
        try {
            throw error;
        } catch (const Error&) {
            failure.capture(context);
        }
    };
    capture(Error("the cause").with_hint("do this"), "one");
    capture(Error("the effect"), "two");
    EXPECT_TRUE(stop.flag());
    EXPECT_EQ(stop.signal(), 0);
    try {
        failure.rethrow();
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "one: the cause");
        EXPECT_EQ(error.hint(), "do this");
    }
}

TEST(Failure, FullDiskComesWithAHint) {
    const StopSignals stop;
    Failure failure(stop);
    try {
        throw SysError(ENOSPC, "writing 'x'");
    } catch (const std::exception&) {
        failure.capture("layer");
    }
    try {
        failure.rethrow();
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "layer: writing 'x': No space left on device");
        EXPECT_NE(error.hint().find("marten rmi"), std::string::npos);
    }
}

}  // namespace
}  // namespace mincs::marten
