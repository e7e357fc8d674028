// The order in which modules can be loaded.
#include "tools/ermine-breeder/modules.hh"

#include <gmock/gmock.h>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs::breeder {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> sorted(const std::vector<std::string>& wanted,
                                const std::map<std::string, std::vector<std::string>>& needs) {
    return load_order(wanted, [&](const std::string& name) {
        const auto found = needs.find(name);
        return found == needs.end() ? std::vector<std::string>() : found->second;
    });
}

TEST(Modules, WhatIsNeededComesFirstAndOnce) {
    EXPECT_THAT(
        sorted({"virtio_pci", "9p", "virtio_mmio"}, {{"virtio_pci", {"virtio", "virtio_ring"}},
                                                     {"virtio", {"virtio_ring"}},
                                                     {"virtio_mmio", {"virtio", "virtio_ring"}},
                                                     {"9p", {"9pnet", "netfs"}}}),
        ElementsAre("virtio_ring", "virtio", "virtio_pci", "9pnet", "netfs", "9p", "virtio_mmio"));
}

TEST(Modules, ACircleIsAnError) {
    EXPECT_THAT(error_of([] {
                    sorted({"a"}, {{"a", {"b"}}, {"b", {"a"}}});
                }),
                HasSubstr("the module 'a' needs itself"));
}

TEST(Modules, WhatAKernelLacksIsNamed) {
    const TempDir scratch;
    EXPECT_THAT(error_of([&] { guest_modules(scratch.path()); }),
                HasSubstr("this kernel has no 'virtio_pci'"));
}

TEST(Modules, WhatIsBuiltInNeedsNoFile) {
    const TempDir scratch;
    std::string list;
    for (std::string name : kGuestModules) list += "kernel/x/" + name + ".ko\n";
    list.replace(list.find("virtio_rng"), 10, "virtio-rng");
    replace_file(scratch.path() / "modules.builtin", list);
    EXPECT_TRUE(guest_modules(scratch.path()).empty());
}

TEST(Modules, AFileThatIsNoModuleIsAnError) {
    const TempDir scratch;
    replace_file(scratch.path() / "virtio_pci.ko", "no module");
    EXPECT_THAT(error_of([&] { guest_modules(scratch.path()); }), HasSubstr("is no kernel module"));
}

}  // namespace
}  // namespace mincs::breeder
