#include "db/locks.hh"

#include <csignal>
#include <thread>

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

const auto kNever = [] { return false; };
const auto kSilent = [] {};

class LocksTest : public StoreTest {
 protected:
    Store store_ = open();
};

TEST_F(LocksTest, KeyIsHeldOnceAndFreedWithItsOwner) {
    KeyLocks other(store_);
    {
        const auto held = KeyLocks::acquire(store_, {hex('2'), hex('1')}, kSilent, kNever);
        EXPECT_FALSE(other.try_lock(hex('1')));
        EXPECT_FALSE(other.try_lock(hex('2')));
        EXPECT_TRUE(other.try_lock(hex('3')));
    }
    EXPECT_TRUE(other.try_lock(hex('1')));
    other.unlock(hex('1'));
    EXPECT_TRUE(KeyLocks(store_).try_lock(hex('1')));
}

TEST_F(LocksTest, SecondOneWaitsAndSaysSo) {
    auto held = std::make_unique<KeyLocks>(KeyLocks::acquire(store_, {hex('1')}, kSilent, kNever));
    std::atomic<int> waits = 0;
    std::atomic<bool> got = false;
    std::thread second([&] {
        const auto locks = KeyLocks::acquire(
            store_, {hex('1'), hex('2')}, [&] { ++waits; }, kNever);
        got = true;
    });
    while (waits == 0) std::this_thread::yield();
    EXPECT_FALSE(got);
    held.reset();
    second.join();
    EXPECT_TRUE(got);
    EXPECT_EQ(waits, 1);
}

TEST_F(LocksTest, SignalEndsTheWait) {
    static std::atomic<bool> stopped = false;
    struct sigaction action = {};
    action.sa_handler = [](int) { stopped = true; };
    struct sigaction before = {};
    sigaction(SIGUSR1, &action, &before);
    const auto held = KeyLocks::acquire(store_, {hex('1')}, kSilent, kNever);
    std::atomic<bool> waiting = false;
    std::string message;
    std::thread second([&] {
        message = error_of([&] {
            KeyLocks::acquire(
                store_, {hex('1')}, [&] { waiting = true; }, [] { return stopped.load(); });
        });
        waiting = false;
    });
    while (!waiting) std::this_thread::yield();
    while (waiting) {  // until the signal meets the wait itself
        pthread_kill(second.native_handle(), SIGUSR1);
        usleep(1000);
    }
    second.join();
    sigaction(SIGUSR1, &before, nullptr);
    EXPECT_NE(message.find("interrupted"), std::string::npos);
}

TEST_F(LocksTest, OnlyHexIsAKey) {
    EXPECT_THROW(KeyLocks(store_).try_lock("../x"), Error);
    EXPECT_THROW(KeyLocks(store_).try_lock("-123456789abcdef"), Error);
}

}  // namespace
}  // namespace mincs::db
