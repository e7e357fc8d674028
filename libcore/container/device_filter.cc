// See device_filter.hh. The kernel runs the program at every open and mknod of a device with a
// bpf_cgroup_dev_ctx (bpf.h) in register 1; 1 in register 0 allows it.
#include "libcore/container/device_filter.hh"

#include <fcntl.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/fd.hh"
#include "libcore/container/device_nodes.hh"

namespace mincs::container {
namespace {

constexpr std::uint8_t kResult = BPF_REG_0, kContext = BPF_REG_1, kType = BPF_REG_2,
                       kMajor = BPF_REG_3, kMinor = BPF_REG_4;

bpf_insn load(std::uint8_t to, std::size_t offset) {
    return {BPF_LDX | BPF_MEM | BPF_W, to, kContext, static_cast<std::int16_t>(offset), 0};
}
bpf_insn skip_unless_equal(std::uint8_t left, unsigned right, std::int16_t instructions) {
    return {BPF_JMP | BPF_JNE | BPF_K, left, 0, instructions, static_cast<std::int32_t>(right)};
}
bpf_insn set_result(std::int32_t value) {
    return {BPF_ALU64 | BPF_MOV | BPF_K, kResult, 0, 0, value};
}
constexpr bpf_insn kReturn = {BPF_JMP | BPF_EXIT, 0, 0, 0, 0};

std::vector<bpf_insn> make_program() {
    constexpr std::size_t kEach = 4;
    std::vector<bpf_insn> program = {
        load(kType, offsetof(bpf_cgroup_dev_ctx, access_type)),
        {BPF_ALU64 | BPF_AND | BPF_K, kType, 0, 0, 0xffff},  // what is wanted stands above
        load(kMajor, offsetof(bpf_cgroup_dev_ctx, major)),
        load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)),
        skip_unless_equal(kType, BPF_DEVCG_DEV_CHAR, kEach * (std::size(kDevices) + 1) + 3),
    };
    const auto allow = [&](unsigned major, unsigned minor) {
        program.insert(program.end(),
                       {skip_unless_equal(kMajor, major, 3), skip_unless_equal(kMinor, minor, 2),
                        set_result(1), kReturn});
    };
    for (const DeviceNode& node : kDevices) allow(node.major, node.minor);
    allow(kPtmxMajor, kPtmxMinor);
    program.insert(program.end(), {skip_unless_equal(kMajor, kPtsMajor, 2), set_result(1), kReturn,
                                   set_result(0), kReturn});
    return program;
}

long bpf(int command, bpf_attr& attributes) {
    return syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

Fd load_program() {
    const std::vector<bpf_insn> program = make_program();
    bpf_attr attributes = {};
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insns = reinterpret_cast<std::uintptr_t>(program.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(program.size());
    attributes.license = reinterpret_cast<std::uintptr_t>("");
    return Fd(
        static_cast<int>(check(bpf(BPF_PROG_LOAD, attributes), "loading the filter of devices")));
}

}  // namespace

void filter_devices(const std::string& group_directory) {
    const Fd program = load_program();
    const Fd group(check(open(group_directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                         "opening '{}'", group_directory));
    bpf_attr attributes = {};
    attributes.target_fd = static_cast<std::uint32_t>(group.get());
    attributes.attach_bpf_fd = static_cast<std::uint32_t>(program.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    check(bpf(BPF_PROG_ATTACH, attributes), "filtering the devices of '{}'", group_directory);
}

}  // namespace mincs::container
