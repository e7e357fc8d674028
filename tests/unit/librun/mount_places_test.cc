// Places to mount on, in a store's directory of their own.
#include "librun/mount_places.hh"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "libcore/base/files.hh"

using namespace mincs;
using namespace mincs::run;

namespace {

std::vector<container::Mount> mounts_on(const std::vector<std::string>& destinations) {
    std::vector<container::Mount> mounts;
    for (const std::string& path : destinations) mounts.push_back({.destination = path});
    return mounts;
}

const std::vector<std::string> kUsual = {"/proc", "/dev",       "/dev/pts",
                                         "/sys",  "/etc/hosts", "/etc/resolv.conf"};

class MountPlaces : public testing::Test {
 protected:
    MountPlaces() : layout_(base_.path()) {}
    mode_t mode(const std::string& name) {
        struct stat info;
        check(stat((layout_.mount_places() / name).c_str(), &info), "looking at '{}'", name);
        return info.st_mode;
    }
    TempDir base_;
    db::Layout layout_;
};

}  // namespace

TEST_F(MountPlaces, AreThereWhateverTheUmask) {
    const mode_t before = umask(077);
    EXPECT_EQ(provide_mount_places(layout_, mounts_on(kUsual)), layout_.mount_places());
    umask(before);
    for (const char* directory : {".", "dev", "proc", "sys", "etc"})
        EXPECT_EQ(mode(directory), S_IFDIR | 0755u) << directory;
    for (const char* file : {"etc/hosts", "etc/resolv.conf"})
        EXPECT_TRUE(S_ISREG(mode(file))) << file;
    EXPECT_EQ(provide_mount_places(layout_, mounts_on(kUsual)), layout_.mount_places());
}

TEST_F(MountPlaces, AreCompletedAfterAKill) {
    make_directories(layout_.mount_places() / "etc");
    EXPECT_NE(provide_mount_places(layout_, mounts_on(kUsual)), "");
    EXPECT_TRUE(S_ISREG(mode("etc/hosts")));
}

TEST_F(MountPlaces, AreNotShownWithoutAMountOnThem) {
    for (const std::string& missing : kUsual) {
        if (missing == "/dev/pts") continue;  // in the container's own /dev
        auto others = kUsual;
        std::erase(others, missing);
        EXPECT_EQ(provide_mount_places(layout_, mounts_on(others)), "") << missing;
    }
}
