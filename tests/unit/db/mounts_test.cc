// What is mounted stays: no second overlay on a container's changes, no removal below a mount.
#include "db/mounts.hh"

#include <sched.h>
#include <sys/mount.h>

#include "db/sweep.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class MountsTest : public StoreTest {
 protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "mounting needs root";
        // Nobody else sees these mounts, and they end with this process.
        check(unshare(CLONE_NEWNS), "making a mount namespace");
        check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "making it private");
    }
    void mount_something(const std::string& id) const {
        make_directories(layout().mount(id));
        check(mount("test", layout().mount(id).c_str(), "tmpfs", 0, nullptr), "mounting");
    }
    void unmount(const std::string& id) const {
        check(umount(layout().mount(id).c_str()), "unmounting");
    }
};

TEST_F(MountsTest, ContainersCannotRunOrGoMeanwhile) {
    Store store = open();
    create_container(store, container("web"));
    const Container web = get_container(store, "web");
    EXPECT_FALSE(is_mounted(store, web.id));
    mount_something(web.id);
    EXPECT_EQ(mounted_ids(store), std::vector<std::string>{web.id});
    EXPECT_NE(error_of([&] { lock_container(store, web); }).find("'web' is mounted on"),
              std::string::npos);
    EXPECT_NE(error_of([&] { remove_container(store, web); }).find("is mounted"),
              std::string::npos);
    EXPECT_TRUE(lock_if_stopped(store, web));
    unmount(web.id);
    EXPECT_FALSE(is_mounted(store, web.id));
    lock_container(store, web);
    remove_container(store, web);
}

TEST_F(MountsTest, ImagesCannotGoMeanwhile) {
    Store store = open(Durability::kFull);
    record(store, "localhost/x:latest", "1");
    const Image image = get_image(store, "x");
    mount_something(image.id);
    EXPECT_NE(error_of([&] { remove(store, image); }).find("is mounted"), std::string::npos);
    sweep(store);
    EXPECT_TRUE(is_mounted(store, image.id));
    unmount(image.id);
    remove(store, image);
    sweep(store);
    EXPECT_FALSE(std::filesystem::exists(layout().mount(image.id)));
}

TEST_F(MountsTest, AStoreWithoutThemHasNone) {
    const Store store = open();
    EXPECT_TRUE(mounted_ids(store).empty());
    EXPECT_FALSE(is_mounted(store, hex('1')));
    sweep_mount_points(store);
}

}  // namespace
}  // namespace mincs::db
