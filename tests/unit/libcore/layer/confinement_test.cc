// The second wall: what a thread that unpacks or inflates could still do if a check of ours were
// wrong. A source runs in that thread, so it is what tries.
#include "libcore/layer/confinement.hh"

#include <gmock/gmock.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include <thread>

#include "libcore/fs/landlock.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

/// Of the calling thread.
bool has_capability(cap_value_t value) {
    const cap_t state = cap_get_proc();
    cap_flag_value_t flag = CAP_CLEAR;
    cap_get_flag(state, value, CAP_EFFECTIVE, &flag);
    cap_free(state);
    return flag == CAP_SET;
}

int open_code(const std::string& path, int flags) {
    const Fd fd(open(path.c_str(), flags | O_CLOEXEC, 0644));
    return fd ? 0 : errno;
}

class Confinement : public LayerTest {
 protected:
    void SetUp() override {
        LayerTest::SetUp();
        if (fs::landlock_abi() < 2) GTEST_SKIP() << "this kernel has no Landlock";
    }

    /// Runs `attempt` in the thread that unpacks a small layer.
    template <typename Attempt>
    void while_unpacking(const Attempt& attempt) {
        const std::string tar = test::TarBuilder().file("f", "x").bytes();
        const TarSource source = [&, inner = source_of(tar)]() mutable {
            attempt();
            return inner();
        };
        apply_layer(source, fs::RootDir::open(path("")));
        EXPECT_TRUE(exists("f"));
    }
};

TEST_F(Confinement, AnUnpackerReachesNothingOutside) {
    int attempts = 0;
    while_unpacking([&] {
        ++attempts;
        EXPECT_EQ(open_code("/etc/passwd", O_WRONLY), EACCES);
        EXPECT_EQ(open_code("/etc/passwd", O_RDONLY), EACCES);
        EXPECT_EQ(open_code(outside(), O_WRONLY), EACCES);
        EXPECT_EQ(open_code(outside() + ".new", O_WRONLY | O_CREAT), EACCES);
        EXPECT_NE(rename(outside().c_str(), path("stolen").c_str()), 0);
        EXPECT_NE(link(outside().c_str(), path("stolen").c_str()), 0);
        EXPECT_NE(unlink(outside().c_str()), 0);
        EXPECT_EQ(open_code(path("mine"), O_WRONLY | O_CREAT), 0);
    });
    EXPECT_GT(attempts, 0);
    EXPECT_FALSE(exists("stolen"));
}

TEST_F(Confinement, AnUnpackerKeepsWhatItNeedsOnly) {
    while_unpacking([] {
        EXPECT_TRUE(has_capability(CAP_CHOWN));
        for (const cap_value_t lost : {CAP_SYS_CHROOT, CAP_SETUID, CAP_NET_ADMIN, CAP_SYS_PTRACE,
                                       CAP_DAC_READ_SEARCH, CAP_KILL})
            EXPECT_FALSE(has_capability(lost)) << lost;
        EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    });
}

TEST_F(Confinement, ADecoderOpensNothingAndMayNothing) {
    std::thread([&] {
        confine_decoder();
        EXPECT_EQ(open_code(path("."), O_RDONLY | O_DIRECTORY), EACCES);
        EXPECT_EQ(open_code("/etc/passwd", O_RDONLY), EACCES);
        EXPECT_FALSE(has_capability(CAP_CHOWN));
    }).join();
}

TEST_F(Confinement, EndsWithTheLayer) {
    while_unpacking([] {});
    EXPECT_EQ(open_code(outside(), O_WRONLY), 0);
    EXPECT_TRUE(has_capability(CAP_CHOWN));
    EXPECT_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
}

TEST_F(Confinement, WhatTheSourceThrowsArrives) {
    const TarSource source = []() -> std::string_view { throw SysError(EIO, "reading it"); };
    EXPECT_THROW(apply_layer(source, fs::RootDir::open(path(""))), SysError);
}

}  // namespace
}  // namespace mincs::layer
