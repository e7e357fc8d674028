// How a guest is booted by itself.
#include "tools/ermine-breeder/machine.hh"

#include <gmock/gmock.h>

namespace mincs::breeder {
namespace {

using testing::Contains;
using testing::HasSubstr;

ermine::Kit kit(const std::string& arch) {
    return {"/k/kernel", "/k/initramfs", arch, "distro", "6"};
}

TEST(Machine, EachArchitectureHasItsOwn) {
    EXPECT_EQ(machine_command(kit("x86_64"), "/run").front(), "qemu-system-x86_64");
    EXPECT_EQ(machine_command(kit("arm64"), "/run").front(), "qemu-system-aarch64");
    EXPECT_EQ(machine_command(kit("um"), "/run").front(), "/k/kernel");
    EXPECT_EQ(machine_package("arm64"), "qemu-system-arm");
    EXPECT_EQ(machine_package("um"), "");
}

TEST(Machine, EachGetsTheFirstRootAndTheWordForAShell) {
    EXPECT_THAT(machine_command(kit("um"), "/run"), Contains("initrd=/k/initramfs"));
    EXPECT_THAT(machine_command(kit("um"), "/run"), Contains("uml_dir=/run"));
    for (const char* arch : {"x86_64", "arm64", "um"})
        EXPECT_THAT(machine_command(kit(arch), "/run").back(), HasSubstr("ermine.shell"));
    EXPECT_THAT(machine_command(kit("x86_64"), "/run"), Contains("/k/initramfs"));
    EXPECT_THAT(machine_command(kit("arm64"), "/run").back(), HasSubstr("console=ttyAMA0"));
}

}  // namespace
}  // namespace mincs::breeder
