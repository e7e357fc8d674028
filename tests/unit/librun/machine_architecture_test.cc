// Of what kind a container's machine is.
#include "librun/machine_architecture.hh"

#include <gmock/gmock.h>

#include "libcore/base/files.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"
#include "libvm/machine.hh"
#include "tests/support/error_of.hh"

namespace mincs::run {
namespace {

using container::Architecture;
using test::error_of;
using testing::HasSubstr;

const Architecture& arm64() {
    return container::get_architecture("arm64");
}

class MachineArchitecture : public testing::Test {
 protected:
    void SetUp() override {
        if (container::own_architecture().name != "amd64") GTEST_SKIP() << "this is not x86-64";
        request_.machine.kind = MachineRequest::Kind::kQemu;
    }
    std::string chosen(const Architecture* last = nullptr) const {
        return machine_name(machine_architecture(request_, root_, last));
    }

    Request request_;
    RootSource root_;
};

TEST_F(MachineArchitecture, IsSaidOrTheImagesOrTheLastOne) {
    EXPECT_EQ(chosen(), "x86_64");
    EXPECT_EQ(chosen(&arm64()), "arm64");
    root_.config.architecture = "amd64";
    EXPECT_EQ(chosen(&arm64()), "x86_64");
    root_.config.architecture = "arm64";
    EXPECT_EQ(chosen(), "arm64");
    request_.cross = "x86_64";
    EXPECT_EQ(chosen(), "x86_64");
    request_.cross = "aarch64";
    root_.config.architecture = "";
    EXPECT_EQ(chosen(), "arm64");
}

TEST_F(MachineArchitecture, RunsWhatItsKernelRuns) {
    root_.config.architecture = "386";
    EXPECT_EQ(chosen(), "x86_64");
    root_.config.architecture = "vax";  // nobody knows
    EXPECT_EQ(chosen(), "x86_64");
}

TEST_F(MachineArchitecture, MustBeOneThatThereIs) {
    root_.config.architecture = "s390x";
    EXPECT_EQ(error_of([&] { chosen(); }), "--qemu has no machine for programs of s390x");
    request_.cross = "riscv64";
    EXPECT_EQ(error_of([&] { chosen(); }), "--qemu has no machine for programs of riscv64");
    request_.cross = "arm64";
    request_.machine.accelerator = "kvm";
    EXPECT_THAT(error_of([&] { chosen(); }), HasSubstr("--accel kvm"));
    request_.machine.accelerator = "tcg";
    EXPECT_EQ(chosen(), "arm64");
}

TEST_F(MachineArchitecture, IsThisOneWithoutQemu) {
    root_.config.architecture = "s390x";
    request_.machine.kind = MachineRequest::Kind::kNone;
    EXPECT_EQ(chosen(), "x86_64");
    request_.machine.kind = MachineRequest::Kind::kUserMode;
    EXPECT_EQ(chosen(), "x86_64");
}

TEST_F(MachineArchitecture, OfTheLastRunIsWrittenDown) {
    const TempDir directory;
    const db::ContainerDirectory place(directory.path());
    container::ContainerSpec last;
    EXPECT_EQ(architecture_of_last_run(last, place), nullptr);
    last.linux.emulator = container::Emulator{"riscv64", "/qemu"};
    EXPECT_EQ(architecture_of_last_run(last, place), &container::get_architecture("riscv64"));

    last.linux.emulator.reset();
    last.machine_room.emplace();
    EXPECT_EQ(architecture_of_last_run(last, place), nullptr);
    vm::Machine machine;
    machine.arch = "arm64";
    machine.memory = 1;
    replace_file(place.machine(), vm::to_text(machine));
    EXPECT_EQ(architecture_of_last_run(last, place), &arm64());
}

}  // namespace
}  // namespace mincs::run
