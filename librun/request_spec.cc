// See request_spec.hh.
#include "librun/request_spec.hh"

#include <linux/capability.h>
#include <sched.h>

#include <filesystem>

#include "libcore/container/seccomp_file.hh"
#include "libcore/container/sysctls.hh"
#include "libcore/container/world.hh"
#include "libcore/fs/own_attributes.hh"
#include "librun/command.hh"
#include "librun/host_parts.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"

namespace mincs::run {
namespace {

constexpr std::uint64_t kNamespaces =
    CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

/// In a root that is used directly nothing is made to be mounted on.
void add_network_files(container::ContainerSpec& spec, const NetworkChoice& choice,
                       const RootSource& root) {
    const bool has_hosts_names = !(choice.namespaces & CLONE_NEWNET);
    if (has_hosts_names && (root.kind == RootKind::kHost || !spec.overlay)) return;
    for (const container::Mount& file : choice.files)
        if (spec.overlay || std::filesystem::exists(spec.root.path + file.destination))
            spec.mounts.push_back(file);
}

void add_world(container::ContainerSpec& spec, const Request& request, const NetworkChoice& network,
               const RootSource& root) {
    spec.mounts = container::standard_mounts();
    if (request.privileged) {
        for (container::Mount& mount : spec.mounts) std::erase(mount.options, "ro");
    } else {
        spec.linux.masked_paths = container::standard_masked_paths();
        spec.linux.readonly_paths = container::standard_readonly_paths();
    }
    if (request.usedev) use_host_devices(spec.mounts);
    if (request.debugfs) add_debugging(spec.mounts);
    add_network_files(spec, network, root);
    for (const std::string& tmpfs : request.tmpfs) spec.mounts.push_back(parse_tmpfs(tmpfs));
    for (const std::string& bind : request.binds) spec.mounts.push_back(parse_bind(bind));
}

/// With these capabilities a container can make nodes of the host's devices, or mount a file system
/// that has them.
container::Devices devices_for(const Request& request, const container::Process& process) {
    // In a user namespace nobody makes a node that opens anything (mknod(2)).
    if (request.privileged || request.usedev || !fs::in_first_user_namespace())
        return container::Devices::kAny;
    for (const int capability : process.capabilities)
        if (capability == CAP_MKNOD || capability == CAP_SYS_ADMIN)
            return container::Devices::kStandard;
    return request.resources.empty() ? container::Devices::kAny
                                     : container::Devices::kStandardInGroup;
}

}  // namespace

container::ContainerSpec make_spec(const Request& request, const NetworkChoice& network,
                                   const RootSource& root, std::string id,
                                   const std::string& name) {
    container::ContainerSpec spec;
    spec.id = std::move(id);
    spec.hostname = name.empty() ? db::short_id(spec.id) : name;
    spec.root.readonly = request.read_only;
    spec.linux.rootless = !fs::in_first_user_namespace();
    spec.linux.namespaces = kNamespaces | network.namespaces;
    spec.linux.loopback = network.loopback;
    spec.linux.network = network.network;
    spec.linux.resources = request.resources;
    spec.linux.seccomp = request.seccomp != kUnconfined && !request.privileged;
    // The network of somebody else is not the container's own.
    const std::uint64_t own = network.joined ? spec.linux.namespaces & ~std::uint64_t{CLONE_NEWNET}
                                             : spec.linux.namespaces;
    for (const std::string& sysctl : request.sysctls)
        spec.linux.sysctl.push_back(container::parse_sysctl(sysctl, own));
    spec.linux.host_sockets = request.host_sockets || request.x11 || request.privileged;
    spec.log_size = request.log_size;
    spec.init = request.init;
    if (request.direct) {
        spec.root.path = root.name;
    } else {
        spec.overlay.emplace();
        spec.overlay->lower = root.lower;
        spec.overlay->host_submounts = root.kind == RootKind::kHost;
    }
    add_world(spec, request, network, root);
    return spec;
}

void add_confinement(container::ContainerSpec& spec, const Request& request,
                     const container::Architecture& machine) {
    const container::Process& process = spec.process;
    spec.linux.resources.devices = devices_for(request, process);
    if (spec.linux.seccomp && !request.seccomp.empty())
        spec.linux.seccomp_profile =
            container::read_seccomp_file(request.seccomp, process.capabilities, machine);
}

}  // namespace mincs::run
