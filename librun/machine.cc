// See machine.hh.
#include "librun/machine.hh"

#include <fcntl.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/exec.hh"
#include "libcore/container/machine_room.hh"
#include "libcore/container/seccomp_builtin.hh"
#include "libcore/container/world.hh"
#include "libcore/fs/own_attributes.hh"
#include "libermine/kit.hh"
#include "librun/helper_program.hh"
#include "librun/machine_architecture.hh"
#include "libvm/frame.hh"
#include "libvm/machine.hh"

namespace mincs::run {
namespace {

using container::ContainerSpec;
using container::Mount;

static_assert(vm::kHello[vm::kHello.size() - 2] == '0' + ermine::kProtocol,
              "what a kit's note says and what its guest says are one number");

constexpr std::int64_t kUsualMemory = std::int64_t{1} << 30;
constexpr std::int64_t kLeastMemory = std::int64_t{64} << 20;
constexpr std::int64_t kUsualPeriod = 100'000;
constexpr int kMostCpus = 16;  // as our kernels are configured
constexpr const char* kResolversFile = "/etc/resolv.conf";

bool is_user_mode(const MachineRequest& request) {
    return request.kind == MachineRequest::Kind::kUserMode;
}

bool has_network(const ContainerSpec& spec) {
    return !(spec.linux.namespaces & CLONE_NEWNET) || spec.linux.network;
}

void check_possible(const ContainerSpec& spec) {
    const auto& network = spec.linux.network;
    if (network && network->kind == container::NetworkKind::kInterface)
        throw UsageError("--net raw,{} and a machine exclude each other", network->name);
    const auto& memory = spec.linux.resources.memory_limit;
    if (memory && *memory < kLeastMemory)
        throw UsageError("a machine needs 64m of memory at least");
}

/// The guest's own file systems, and the binds below those.
std::vector<Mount> guest_mounts(const std::vector<Mount>& mounts) {
    std::vector<Mount> guests;
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        if (mounts[i].type == "bind" && !container::waits_for_guest(mounts, i)) continue;
        guests.push_back(mounts[i]);
        if (mounts[i].type == "bind")
            guests.back().source = fmt::format("{}/{}", vm::kGuestBindsAt, i);
    }
    return guests;
}

/// What of the spec is the guest's: all that is not made on the host.
ContainerSpec guest_spec(const ContainerSpec& spec, bool has_card) {
    ContainerSpec guest = spec;
    guest.overlay.reset();
    guest.root = {vm::kGuestRootAt, false};
    guest.mounts = guest_mounts(spec.mounts);
    if (has_card)
        guest.mounts.push_back({kResolversFile, "bind", vm::kGuestResolversAt, {"nodev", "ro"}});
    guest.linux.rootless = false;
    guest.linux.namespaces &= ~std::uint64_t{CLONE_NEWNET};
    guest.linux.network.reset();
    guest.linux.loopback = false;
    guest.linux.host_sockets = true;
    guest.linux.resources = {};
    guest.linux.resources.pids_limit = spec.linux.resources.pids_limit;
    guest.hooks = {};
    guest.memo.clear();
    return guest;
}

/// Directories with the host's programs and libraries, to be seen and no more.
void add_host_programs(std::vector<Mount>& mounts) {
    for (const char* path : {"/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache"})
        if (std::filesystem::exists(path))
            mounts.push_back({path, "bind", path, {"ro", "nosuid", "nodev"}});
}

Mount read_only_file(const char* at, const std::string& source) {
    return {at, "bind", source, {"ro", "nosuid", "nodev"}};
}

std::vector<Mount> room_mounts(const ermine::Kit& kit, const vm::Machine& machine,
                               const db::ContainerDirectory& directory,
                               const std::vector<Mount>& command_mounts) {
    std::vector<Mount> mounts = container::standard_mounts();
    mounts.push_back({"/tmp", "tmpfs", "tmpfs", {"nosuid", "nodev", "mode=1777"}});
    mounts.push_back({"/var", "tmpfs", "tmpfs", {"nosuid", "nodev", "noexec", "size=64k"}});
    add_host_programs(mounts);
    mounts.push_back(read_only_file(vm::kPlanAt, directory.machine()));
    mounts.push_back(read_only_file(vm::kKernelAt, kit.kernel));
    mounts.push_back(read_only_file(vm::kInitramfsAt, kit.initramfs));
    mounts.push_back(read_only_file(vm::kMonitorAt, helper_program("minc-machine", "machine")));
    if (machine.accelerator == "kvm")
        mounts.push_back({"/dev/kvm", "bind", "/dev/kvm", {"nosuid", "noexec"}});
    if (!machine.has_network) return mounts;
    if (machine.hypervisor == vm::Hypervisor::kUserMode)
        mounts.push_back(read_only_file(vm::kNetworkAt, helper_program("minc-slirp", "network")));
    // Whom libslirp asks.
    for (const Mount& mount : command_mounts)
        if (mount.destination == kResolversFile) mounts.push_back(mount);
    return mounts;
}

/// Other modules that offer /dev/kvm run no usual guest, and do not say so.
bool has_kvm(const std::string& arch) {
    if (arch != ermine::own_architecture()) return false;
    const Fd node(open("/dev/kvm", O_RDWR | O_CLOEXEC));
    return node && (std::filesystem::exists("/sys/module/kvm_intel") ||
                    std::filesystem::exists("/sys/module/kvm_amd") ||
                    ermine::own_architecture() == "arm64");
}

std::int64_t usual_memory() {
    struct sysinfo info;
    check(sysinfo(&info), "asking for the host's memory");
    const auto half = static_cast<std::int64_t>(info.totalram) * info.mem_unit / 2;
    return std::min(kUsualMemory, half);
}

/// As many as its share of CPU time fills.
int cpus_for(const container::Resources& resources) {
    const int there = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    if (!resources.cpu_quota) return std::clamp(there, 1, kMostCpus);
    const std::int64_t period = resources.cpu_period.value_or(kUsualPeriod);
    const auto wanted = static_cast<int>((*resources.cpu_quota + period - 1) / period);
    return std::clamp(wanted, 1, std::min(there, kMostCpus));
}

void choose_qemu(vm::Machine& machine, const MachineRequest& request) {
    const bool is_arm = machine.arch == "arm64";
    const Hypervisor qemu = hypervisor_for(machine.arch);
    const auto program = find_program(qemu.program);
    if (!program)
        throw Error("'{}' is not there, without which there is no such machine", qemu.program)
            .with_hint(fmt::format("Debian's package {}", qemu.package));
    machine.program = *program;
    if (request.accelerator == "kvm" && access("/dev/kvm", R_OK | W_OK) == -1)
        throw SysError(errno, "--accel kvm: using /dev/kvm");
    machine.accelerator = request.accelerator;
    if (machine.accelerator.empty()) machine.accelerator = has_kvm(machine.arch) ? "kvm" : "tcg";
    machine.may_fall_back = machine.accelerator == "kvm" && request.accelerator.empty();
    // Longer than any guest takes; on a real processor it is up in a second or two.
    machine.boot_seconds = machine.accelerator == "kvm" ? 20 : 120;
    machine.board = request.board.empty() ? (is_arm ? "virt" : "pc") : request.board;
    if (is_arm != (machine.board == "virt"))
        throw UsageError("a machine of {} is '--machine {}'", machine.arch,
                         is_arm ? "virt" : "pc' or 'microvm");
}

/// Through it the guest can make every kind of file, which qemu's own 9p cannot; but it wants to be
/// root.
std::string find_file_server() {
    if (!fs::in_first_user_namespace()) return "";
    for (const char* path : {"/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"})
        if (access(path, X_OK) == 0) return path;
    return "";
}

/// virtiofsd's threads each have a working directory of their own.
container::SeccompProfile file_server_profile(const std::vector<int>& capabilities) {
    container::SeccompProfile profile = container::builtin_seccomp_profile(capabilities);
    profile.rules.push_back({.names = {"unshare"}, .args = {{.index = 0, .value = CLONE_FS}}});
    return profile;
}

vm::Machine choose_machine(const ContainerSpec& spec, const MachineRequest& request,
                           const std::string& arch) {
    vm::Machine machine;
    machine.arch = arch;
    machine.memory = spec.linux.resources.memory_limit.value_or(usual_memory());
    machine.cpus = cpus_for(spec.linux.resources);
    machine.terminal = spec.process.terminal;
    machine.debug = log_level() == LogLevel::kDebug;
    machine.has_network = has_network(spec);
    if (spec.linux.network)
        for (const container::PublishedPort& port : spec.linux.network->ports)
            for (int i = 0; i < port.count; ++i)
                machine.ports.push_back(
                    fmt::format("{}:{}", port.udp ? "udp" : "tcp", port.port + i));
    if (is_user_mode(request)) {
        machine.hypervisor = vm::Hypervisor::kUserMode;
        machine.program = vm::kKernelAt;
        return machine;
    }
    choose_qemu(machine, request);
    machine.file_server = find_file_server();
    return machine;
}

/// What is left to control groups, where the machine's own size is not the limit.
void limit_hypervisor(container::Resources& limits) {
    limits.memory_limit.reset();
    limits.memory_swap.reset();
    limits.pids_limit.reset();  // the guest's
    limits.devices = container::Devices::kAny;
    // Whole CPUs are as many of the machine's.
    if (limits.cpu_quota && *limits.cpu_quota % limits.cpu_period.value_or(kUsualPeriod) == 0)
        limits.cpu_quota.reset();
}

/// The monitor in the command's place.
container::Process monitor_process(bool terminal) {
    container::Process process;
    process.terminal = terminal;
    process.args = {vm::kMonitorAt};
    process.env = {"PATH=" + container::search_path({})};
    process.capabilities = container::default_capabilities();
    return process;
}

}  // namespace

container::Process guest_process(const db::ContainerDirectory& directory) {
    const std::string text = read_file(directory.machine(), 2 * vm::kLongestPlan);
    const vm::Machine machine = vm::parse_machine(text, "the container's machine");
    return container::from_oci_json(machine.guest, "the container's machine").process;
}

container::Process process_for_guest(const container::Process& process, const std::string& user,
                                     bool sets_home) {
    container::Process room = monitor_process(process.terminal);
    room.env = process.env;
    const auto words = vm::to_words({.user = user,
                                     .sets_home = sets_home,
                                     .terminal = process.terminal,
                                     .directory = process.cwd,
                                     .args = process.args});
    room.args.insert(room.args.end(), words.begin(), words.end());
    return room;
}

void move_into_machine(ContainerSpec& spec, const MachineRequest& request, const std::string& arch,
                       const db::ContainerDirectory& directory) {
    check_possible(spec);
    vm::Machine machine = choose_machine(spec, request, arch);
    const ermine::Kit kit = ermine::require_kit(is_user_mode(request) ? "um" : machine.arch);
    if (machine.board == "microvm" && kit.kind != "build")
        throw Error("the distribution's kernel finds no devices on a microvm")
            .with_hint("'ermine-breeder build' makes one that does; or '--machine pc'");
    debug("a machine of {}, {} MiB, {} CPUs, with the guest {} {}", machine.arch,
          machine.memory >> 20, machine.cpus, kit.kind, kit.version);
    machine.guest = container::to_oci_json(guest_spec(spec, machine.has_network));
    if (machine.guest.size() > vm::kLongestPlan)
        throw UsageError(
            "the command and its environment are too long for a machine: {} bytes of "
            "{} with all that is said about them",
            machine.guest.size(), vm::kLongestPlan);
    replace_file(directory.machine(), vm::to_text(machine), 0600);

    std::vector<Mount> mounts = room_mounts(kit, machine, directory, spec.mounts);
    spec.machine_room = {vm::kRootAt, vm::kBindsAt, std::exchange(spec.mounts, std::move(mounts))};
    spec.process = monitor_process(spec.process.terminal);
    spec.init = false;
    spec.fresh_dev = true;
    spec.linux.seccomp = true;
    spec.linux.seccomp_profile.reset();
    if (!machine.file_server.empty())
        spec.linux.seccomp_profile = file_server_profile(spec.process.capabilities);
    spec.linux.sysctl.clear();
    spec.linux.host_sockets = false;
    spec.linux.masked_paths = container::standard_masked_paths();
    spec.linux.readonly_paths = container::standard_readonly_paths();
    limit_hypervisor(spec.linux.resources);
}

}  // namespace mincs::run
