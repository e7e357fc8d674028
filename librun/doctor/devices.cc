// Device nodes, and what is behind them; and what else machines need.
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/programs.hh"
#include "libcore/container/emulation.hh"
#include "libermine/kit.hh"
#include "librun/doctor/check.hh"
#include "librun/emulator.hh"
#include "librun/machine_architecture.hh"

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

/// Whose programs qemu-user runs, as there is one to be found.
std::string emulated_architectures() {
    std::string names;
    for (const container::Architecture& known : container::all_architectures())
        if (&known != &container::own_architecture() && find_interpreter(known))
            names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
    return names;
}

/// What minc --cross needs: a table of binary formats, and qemu-user.
Finding check_binfmt() {
    Finding finding = {"binfmt_misc", State::kOk, "each container has a table of its own"};
    const std::string failure = try_as_caller(container::require_own_binary_formats);
    if (!failure.empty()) {
        finding.state = State::kLimited;
        finding.meaning =
            geteuid() == 0 ? "only the host's table, in which '--cross' makes an entry"
                           : fmt::format("only the host's table, as its entries are ({})", failure);
        finding.remedy = "Linux 6.7 or newer";
    }
    const std::string names = emulated_architectures();
    if (!names.empty()) {
        finding.meaning += ", and qemu-user runs programs for " + names;
        return finding;
    }
    finding.state = State::kMissing;
    finding.meaning = "programs for other machines do not run, as there is no qemu-user";
    finding.remedy = "'apt install qemu-user-static', as root";
    return finding;
}

/// "6.1.0-56-amd64 (distro)", or nothing where no such guest was made.
std::string guest_for(const std::string& architecture) {
    const auto kit = ermine::find_kit(architecture);
    return kit ? fmt::format("{} ({})", kit->version, kit->kind) : "";
}

/// What minc --qemu and --um boot, and by what.
Finding check_guests() {
    Finding finding = {"guests", State::kOk, ""};
    const Hypervisor qemu = hypervisor_for(ermine::own_architecture());
    try {
        const std::string machine = guest_for(ermine::own_architecture());
        const std::string user_mode = guest_for("um");
        if (!machine.empty()) finding.meaning = "'--qemu' boots " + machine;
        if (!user_mode.empty())
            finding.meaning += (machine.empty() ? "'--um' runs " : ", '--um' runs ") + user_mode;
        if (finding.meaning.empty()) {
            finding.state = State::kMissing;
            finding.meaning = "there is nothing that '--qemu' and '--um' could boot";
            finding.remedy = "'ermine-breeder distro', half a minute";
        } else if (!machine.empty() && !find_program(qemu.program)) {
            finding.state = State::kLimited;
            finding.meaning += "; but there is no qemu";
            finding.remedy = fmt::format("'apt install {}', as root", qemu.package);
        }
    } catch (const Error& error) {
        finding.state = State::kMissing;
        finding.meaning = error.what();
        finding.remedy = "'ermine-breeder distro' makes it anew";
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
        check_kvm(), check_guests(), check_binfmt()};
}

}  // namespace mincs::run::doctor
