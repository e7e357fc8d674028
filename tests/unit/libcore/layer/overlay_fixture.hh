// A tree and an upper directory over it, made by the kernel's own overlay.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <cstdlib>

#include "libcore/fs/merged.hh"
#include "libcore/fs/mount.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {

/// lower/, upper/ and work/ in a directory of the test's own.
class OverlayTest : public LayerTest {
 protected:
    void SetUp() override {
        LayerTest::SetUp();
        if (geteuid() != 0) return;
        for (const char* name : {"lower", "upper", "work", "merged"})
            check(mkdir(at(name).c_str(), 0755), "making a directory");
    }
    std::string at(const std::string& name) const { return temp_.path() / name; }

    void run_in(const std::string& directory, const std::string& script) const {
        ASSERT_EQ(std::system(("cd '" + at(directory) + "' && set -e; " + script).c_str()), 0)
            << script;
    }
    /// The script's work upon an overlay of lower/ goes to upper/.
    void change(const std::string& script) {
        // Nobody else sees this mount, and it ends with this process.
        check(unshare(CLONE_NEWNS), "making a mount namespace");
        check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making it private");
        const Fd mounted = fs::mount_overlay({{at("lower")}, at("upper"), at("work"), false});
        const Fd target(open(at("merged").c_str(), O_PATH | O_CLOEXEC));
        fs::attach_mount(mounted.get(), target.get(), "merged");
        run_in("merged", script);
        check(umount2(at("merged").c_str(), MNT_DETACH), "unmounting");
    }
};

}  // namespace mincs::layer
