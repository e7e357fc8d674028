// Which program of the host runs a container's programs.
#include "librun/emulator.hh"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>

#include <cstdlib>

#include "db/layout.hh"
#include "libcore/base/files.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"
#include "tests/support/error_of.hh"

namespace mincs::run {
namespace {

using test::error_of;

class Emulators : public testing::Test {
 protected:
    Emulators() { setenv("PATH", bin_.path().c_str(), 1); }
    ~Emulators() override {
        setenv("PATH", before_.c_str(), 1);
        unsetenv(db::kStoreOfUser);
    }

    void install(const std::string& name, const std::string& content = "#!/bin/sh\n") const {
        const std::string path = bin_.path() / name;
        replace_file(path, content, 0755);
    }
    static RootSource image_for(const std::string& architecture) {
        RootSource root;
        root.kind = RootKind::kImage;
        root.config.architecture = architecture;
        return root;
    }

    TempDir bin_;
    std::string before_ = std::getenv("PATH");
};

TEST_F(Emulators, AnImageForAnotherMachineNeedsNoWord) {
    Request request;
    request.emulates = true;
    EXPECT_FALSE(choose_emulator(request, image_for("s390x")));  // no error: it may be mislabelled
    install("qemu-s390x-static");
    const auto chosen = choose_emulator(request, image_for("s390x"));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->architecture, "s390x");
    EXPECT_EQ(chosen->interpreter, (bin_.path() / "qemu-s390x-static").native());
    EXPECT_FALSE(choose_emulator(request, image_for("")));
    EXPECT_FALSE(choose_emulator(request, image_for("vax")));
    EXPECT_FALSE(
        choose_emulator(request, image_for(std::string(container::own_architecture().name))));
    request.emulates = false;
    EXPECT_FALSE(choose_emulator(request, image_for("s390x")));
}

TEST_F(Emulators, WhatIsAskedForMustBeThere) {
    Request request;
    request.cross = "ppc64el";
    EXPECT_EQ(error_of([&] { choose_emulator(request, {}); }),
              "running programs for ppc64le: there is no qemu-ppc64le-static");
    install("qemu-ppc64le-static");
    EXPECT_TRUE(choose_emulator(request, image_for("s390x")));
    request.cross = container::own_architecture().qemu;
    EXPECT_FALSE(choose_emulator(request, image_for("s390x")));
    request.cross = "vax";
    EXPECT_EQ(error_of([&] { choose_emulator(request, {}); }), "'vax' is no architecture");
}

TEST_F(Emulators, AContainerKeepsWhatItWasFor) {
    Request request;
    request.emulates = true;
    const auto& last = container::get_architecture("riscv64");
    install("qemu-riscv64-static");
    install("qemu-s390x-static");
    ASSERT_TRUE(choose_emulator(request, {}, &last));
    EXPECT_EQ(choose_emulator(request, {}, &last)->architecture, "riscv64");
    EXPECT_EQ(choose_emulator(request, image_for("s390x"), &last)->architecture, "s390x");
    EXPECT_FALSE(choose_emulator(request, {}, &container::own_architecture()));
    request.machine.kind = MachineRequest::Kind::kQemu;
    EXPECT_FALSE(choose_emulator(request, {}, &last));
}

TEST_F(Emulators, OneThatNeedsADynamicLinkerIsNone) {
    const auto& wanted = container::get_architecture("riscv64");
    install("qemu-riscv64", read_file("/usr/bin/env", std::size_t{1} << 24));
    EXPECT_FALSE(find_interpreter(wanted));
    install("qemu-riscv64-static");
    EXPECT_TRUE(find_interpreter(wanted));
}

TEST_F(Emulators, WhatGoesWithIt) {
    container::ContainerSpec spec;
    spec.process.capabilities = {CAP_NET_BIND_SERVICE};
    add_emulator(spec, std::nullopt, true);
    EXPECT_FALSE(spec.init);
    EXPECT_EQ(spec.linux.namespaces & CLONE_NEWUSER, 0u);
    add_emulator(spec, container::Emulator{"arm64", "/qemu"}, true);
    EXPECT_TRUE(spec.init);
    EXPECT_NE(spec.linux.namespaces & CLONE_NEWUSER, 0u);
    ASSERT_EQ(spec.linux.sysctl.size(), 1u);
    EXPECT_EQ(spec.linux.sysctl.front().name, "net.ipv4.ip_unprivileged_port_start");

    // An ordinary user is in a user namespace already; who may look into others gets no pid 1 of
    // ours; and the network of somebody else stays as it is.
    setenv(db::kStoreOfUser, "/somewhere", 1);
    container::ContainerSpec users;
    users.process.capabilities = {CAP_NET_BIND_SERVICE, CAP_SYS_PTRACE};
    add_emulator(users, container::Emulator{"arm64", "/qemu"}, false);
    EXPECT_FALSE(users.init);
    EXPECT_EQ(users.linux.namespaces & CLONE_NEWUSER, 0u);
    EXPECT_TRUE(users.linux.sysctl.empty());
}

}  // namespace
}  // namespace mincs::run
