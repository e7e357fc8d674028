// On a plain directory tree that looks like cgroup v2's. What is not handed over lacks the files
// that one must be able to write.
#include "libcore/container/cgroup_tree.hh"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libcore/base/files.hh"

using namespace mincs;
using namespace mincs::container;
namespace stdfs = std::filesystem;

namespace {

void write(const stdfs::path& path, std::string_view text) {
    std::ofstream(path) << text;
}

/// user.slice/user@1.service/app.slice/term.scope, as systemd hands it over: from the service on.
class CgroupTree : public testing::Test {
 protected:
    CgroupTree() : temp_() {
        for (const stdfs::path& group : {service_, service_ / "app.slice", scope_}) {
            stdfs::create_directories(group);
            write(group / "cgroup.procs", "");
            write(group / "cgroup.subtree_control", "");
            write(group / "cgroup.controllers", "cpu memory pids\n");
        }
        write(top() / "cgroup.procs", "");
    }
    stdfs::path top() const { return temp_.path(); }
    CgroupHierarchy hierarchy() const { return {top(), true, "/", "rw"}; }

    TempDir temp_;
    const stdfs::path service_ = temp_.path() / "user.slice/user@1.service";
    const stdfs::path scope_ = service_ / "app.slice/term.scope";
};

}  // namespace

TEST_F(CgroupTree, AProcessIsFoundWhereItsLineSays) {
    constexpr const char* kText = "8:pids:/a\n4:cpu,cpuacct:/b/c\n1:name=systemd:/d\n0::/e:f\n";
    EXPECT_EQ(group_in({"/cg/v2", true}, kText), "/cg/v2/e:f");
    EXPECT_EQ(group_in({"/cg/cpu", false, "/", "rw,cpu,cpuacct"}, kText), "/cg/cpu/b/c");
    EXPECT_EQ(group_in({"/cg/cpu", false, "/b", "rw,cpu,cpuacct"}, kText), "/cg/cpu/c");
    EXPECT_EQ(group_in({"/cg/cpu", false, "/bb", "rw,cpu,cpuacct"}, kText), std::nullopt);
    EXPECT_EQ(group_in({"/cg/memory", false, "/", "rw,memory"}, kText), std::nullopt);
    EXPECT_EQ(group_in({"/cg/v2", true}, "0::/\n"), "/cg/v2");
    EXPECT_EQ(group_in({"/cg/v2", true}, "0::/../other\n"), std::nullopt);
}

TEST_F(CgroupTree, TheBaseIsTheTopmostThatMayBeWritten) {
    EXPECT_EQ(topmost_writable(hierarchy(), scope_), service_);
    EXPECT_EQ(topmost_writable(hierarchy(), service_), service_);
}

TEST_F(CgroupTree, WhereNothingMayBeWrittenThereIsNoBase) {
    stdfs::create_directories(top() / "user.slice/session-2.scope");
    EXPECT_EQ(topmost_writable(hierarchy(), top() / "user.slice/session-2.scope"), std::nullopt);
    EXPECT_EQ(topmost_writable(hierarchy(), top()), std::nullopt);
}

TEST_F(CgroupTree, RootsBaseIsTheTop) {
    write(top() / "cgroup.subtree_control", "");
    EXPECT_EQ(base_of(hierarchy()), top());
}

TEST_F(CgroupTree, AControllerIsGivenToTheGroupsBelow) {
    give_controller(service_, "blkio");
    EXPECT_EQ(read_file(service_ / "cgroup.subtree_control"), "+io");
}

TEST_F(CgroupTree, AControllerThatIsNotHandedOverIsNamed) {
    stdfs::remove(service_ / "cgroup.subtree_control");  // says ENOENT, as the kernel does
    try {
        give_controller(service_, "cpuset");
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("'cpuset' is not handed over"), std::string::npos);
    }
}

TEST_F(CgroupTree, ProcessesOfTheBaseGoToALeaf) {
    write(service_ / "cgroup.procs", "1234567\n");
    stdfs::create_directory(service_ / "mincs-others");
    write(service_ / "mincs-others/cgroup.procs", "");
    clear_of_processes(service_);
    EXPECT_EQ(read_file(service_ / "mincs-others/cgroup.procs"), "1234567");
}

TEST_F(CgroupTree, NoControllerIsGivenBelowProcesses) {
    write(service_ / "cgroup.procs", "1234567\n");
    stdfs::create_directory(service_ / "mincs-others");
    write(service_ / "mincs-others/cgroup.procs", "");
    give_controller(service_, "cpu");
    EXPECT_EQ(read_file(service_ / "mincs-others/cgroup.procs"), "") << "the top of all groups";
    write(service_ / "cgroup.type", "domain\n");
    write(service_ / "cgroup.subtree_control", "cpu pids\n");
    give_controller(service_, "cpu");
    EXPECT_EQ(read_file(service_ / "mincs-others/cgroup.procs"), "") << "it is given already";
    give_controller(service_, "memory");
    EXPECT_EQ(read_file(service_ / "mincs-others/cgroup.procs"), "1234567");
}

TEST_F(CgroupTree, WhoGoesBackToTheBaseGoesToItsLeafOnceItHasControllers) {
    EXPECT_EQ(place_for_processes(service_), service_);
    write(service_ / "cgroup.subtree_control", "memory\n");
    EXPECT_EQ(place_for_processes(service_), service_);  // without a type: the top of all groups
    write(service_ / "cgroup.type", "domain\n");
    EXPECT_EQ(place_for_processes(service_), service_ / "mincs-others");
}
