// Device nodes, and what is behind them.
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "librun/doctor/check.hh"

namespace mincs::run::doctor {
namespace {

/// Opened, and nothing more.
Finding check_node(const char* path, const char* use, const char* without, const char* remedy) {
    Finding finding = {path, State::kOk, use};
    const Fd node(open(path, O_RDWR | O_CLOEXEC));
    if (node) return finding;
    finding.state =
        errno == ENOENT || errno == ENXIO || errno == ENODEV ? State::kMissing : State::kLimited;
    finding.meaning = fmt::format("{}: {}", SysError::errno_text(errno), without);
    finding.remedy = remedy;
    return finding;
}

/// Makes a virtual machine, which goes with its descriptor.
Finding check_kvm() {
    Finding finding =
        check_node("/dev/kvm", "virtual machines at full speed", "virtual machines are emulated",
                   "'adduser USER kvm', as root; in a virtual machine, nested "
                   "virtualization");
    const auto is_loaded = [](const char* module) {
        return std::filesystem::exists(std::string("/sys/module/") + module);
    };
    const char* module = is_loaded("kvm_intel") ? "kvm_intel"
                         : is_loaded("kvm_amd") ? "kvm_amd"
                                                : "";
    if (finding.state != State::kOk) {
        if (!*module && finding.state == State::kMissing)
            finding.meaning += ", as neither kvm_intel nor kvm_amd is loaded";
        return finding;
    }
    const Fd node(open("/dev/kvm", O_RDWR | O_CLOEXEC));
    const Fd machine(ioctl(node.get(), KVM_CREATE_VM, 0));
    if (machine) {
        finding.meaning += *module ? fmt::format(" ({})", module) : "";
    } else {
        finding.state = State::kLimited;
        finding.meaning =
            fmt::format("a virtual machine cannot be made: {}{}", SysError::errno_text(errno),
                        *module ? "" : ", as neither kvm_intel nor kvm_amd is loaded");
        finding.remedy =
            "virtualization switched on in the firmware; 'modprobe kvm_intel' or "
            "'modprobe kvm_amd', as root";
    }
    return finding;
}

Finding check_binfmt() {
    constexpr const char* kDirectory = "/proc/sys/fs/binfmt_misc";
    Finding finding = {"binfmt_misc", State::kOk, ""};
    const auto status = read_file_if_exists(std::string(kDirectory) + "/status");
    if (!status || !status->starts_with("enabled")) {
        finding.state = State::kMissing;
        finding.meaning = "programs of other processors do not run";
        finding.remedy = "'apt install qemu-user-static binfmt-support', as root";
        return finding;
    }
    int emulated = 0;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(kDirectory, ignored))
        emulated += entry.path().filename().native().starts_with("qemu-") ? 1 : 0;
    finding.meaning = fmt::format("programs of {} other kinds of processors run", emulated);
    if (emulated == 0) {
        finding.state = State::kLimited;
        finding.meaning = "there, but it knows no other processor";
        finding.remedy = "'apt install qemu-user-static', as root";
    }
    return finding;
}

}  // namespace

std::vector<Finding> device_checks() {
    return {
        check_node("/dev/fuse", "bundles and images by FUSE",
                   "bundles of an ordinary user are unpacked into memory",
                   "'chmod 666 /dev/fuse', as root, which udev does"),
        check_node("/dev/loop-control", "bundles are mounted by the kernel",
                   "bundles are read by way of FUSE", "none for an ordinary user: it is root's"),
        check_kvm(), check_binfmt()};
}

}  // namespace mincs::run::doctor
