// to_oci_json(): the spec in the words of the OCI runtime-spec 1.0.2 (config.md, config-linux.md).
#include <sched.h>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/latin1.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/device_nodes.hh"
#include "libcore/container/seccomp_builtin.hh"
#include "libcore/container/seccomp_json.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {
namespace {

/// The last number means "none" (user_namespaces(7)).
constexpr std::uint32_t kAllIds = 4294967295;

Json names_of(const std::vector<int>& capabilities) {
    Json names = Json::array();
    for (const int capability : capabilities) names.push_back(capability_name(capability));
    return names;
}

Json process_json(const Process& process) {
    const Json names = names_of(process.capabilities);
    const Json ambient = names_of(process.ambient_capabilities);
    const bool is_root = process.user.uid == 0;
    Json rlimits = Json::array();
    for (const Rlimit& limit : process.rlimits)
        rlimits.push_back({{"type", limit.type}, {"soft", limit.soft}, {"hard", limit.hard}});
    return {{"terminal", process.terminal},
            {"user",
             {{"uid", process.user.uid},
              {"gid", process.user.gid},
              {"additionalGids", process.user.additional_gids}}},
            {"args", process.args},
            {"env", process.env},
            {"cwd", process.cwd},
            {"capabilities",
             {{"bounding", names},
              {"effective", is_root ? names : ambient},
              {"permitted", is_root ? names : ambient},
              {"inheritable", is_root ? Json::array() : ambient},
              {"ambient", is_root ? Json::array() : ambient}}},
            {"rlimits", rlimits},
            {"noNewPrivileges", process.no_new_privileges}};
}

Json mounts_json(const std::vector<Mount>& mounts) {
    Json list = Json::array();
    for (const Mount& mount : mounts) {
        Json options = mount.options;
        if (mount.type == "bind") options.push_back("bind");
        list.push_back({{"destination", mount.destination},
                        {"type", mount.type},
                        {"source", mount.source},
                        {"options", options}});
    }
    return list;
}

Json namespaces_json(std::uint64_t flags, const std::optional<Network>& network) {
    Json list = {{{"type", "pid"}}, {{"type", "mount"}}};
    constexpr std::pair<std::uint64_t, const char*> kOthers[] = {{CLONE_NEWIPC, "ipc"},
                                                                 {CLONE_NEWUTS, "uts"},
                                                                 {CLONE_NEWCGROUP, "cgroup"},
                                                                 {CLONE_NEWNET, "network"},
                                                                 {CLONE_NEWUSER, "user"}};
    for (const auto& [flag, name] : kOthers)
        if (flags & flag) list.push_back({{"type", name}});
    if (network && network->kind == NetworkKind::kNamespace)
        for (Json& entry : list)
            if (entry["type"] == "network") entry["path"] = network->name;
    return list;
}

Json devices_json() {
    Json list = {{{"allow", false}, {"access", "rwm"}}};
    const auto allow = [&](unsigned major, int minor) {
        Json entry = {{"allow", true}, {"type", "c"}, {"major", major}, {"access", "rwm"}};
        if (minor >= 0) entry["minor"] = minor;
        list.push_back(std::move(entry));
    };
    for (const DeviceNode& node : kDevices) allow(node.major, static_cast<int>(node.minor));
    allow(kPtmxMajor, kPtmxMinor);
    allow(kPtsMajor, -1);
    return list;
}

Json resources_json(const Resources& r) {
    Json memory = Json::object(), cpu = Json::object(), all = Json::object();
    if (r.memory_limit) memory["limit"] = *r.memory_limit;
    if (r.memory_swap) memory["swap"] = *r.memory_swap;
    if (r.kernel_memory) memory["kernel"] = *r.kernel_memory;
    if (r.cpu_shares) cpu["shares"] = *r.cpu_shares;
    if (r.cpu_quota) cpu["quota"] = *r.cpu_quota;
    if (r.cpu_period) cpu["period"] = *r.cpu_period;
    if (!r.cpus.empty()) cpu["cpus"] = r.cpus;
    if (!memory.empty()) all["memory"] = memory;
    if (!cpu.empty()) all["cpu"] = cpu;
    if (r.pids_limit) all["pids"] = {{"limit", *r.pids_limit}};
    if (r.devices != Devices::kAny) all["devices"] = devices_json();
    if (r.io_weight) all["blockIO"] = {{"weight", *r.io_weight}};
    return all;
}

Json seccomp_json(const ContainerSpec& spec, SeccompDetail detail) {
    if (spec.linux.seccomp_profile) return seccomp_to_json(*spec.linux.seccomp_profile);
    if (detail == SeccompDetail::kNone) return seccomp_to_json({});
    return seccomp_to_json(builtin_seccomp_profile(spec.process.capabilities));
}

/// JSON has no other bytes: where there are some, the document does not say exactly what runs.
bool is_utf8(const Process& process) {
    try {
        Json({process.args, process.env, process.cwd}).dump();
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

/// What the document does not say exactly (latin1.hh).
Json exact_json(const Process& process) {
    const auto exact = [](const std::vector<std::string>& texts) {
        Json list = Json::array();
        for (const std::string& text : texts) list.push_back(bytes_to_latin1_text(text));
        return list;
    };
    return {{"args", exact(process.args)},
            {"env", exact(process.env)},
            {"cwd", bytes_to_latin1_text(process.cwd)}};
}

Json annotations_json(const ContainerSpec& spec) {
    Json notes = Json::object();
    notes["org.mincs.id"] = spec.id;
    // Annotations are strings only (config.md, Annotations).
    notes["org.mincs.log-size"] = std::to_string(spec.log_size);
    if (spec.init) notes["org.mincs.init"] = "true";
    // A command that joins may be another user's, for whom these count.
    if (!spec.process.ambient_capabilities.empty())
        notes["org.mincs.ambient"] = dump_json(names_of(spec.process.ambient_capabilities));
    if (spec.linux.resources.devices == Devices::kStandard) notes["org.mincs.devices"] = "standard";
    if (spec.linux.seccomp_profile) notes["org.mincs.seccomp"] = "own";
    if (!spec.fresh_dev) notes["org.mincs.fresh-dev"] = "false";
    if (!spec.linux.host_sockets) notes["org.mincs.host-sockets"] = "false";
    if (spec.linux.loopback) notes["org.mincs.loopback"] = "true";
    if (spec.linux.network) notes["org.mincs.network"] = to_text(*spec.linux.network);
    if (spec.linux.emulator) {
        notes["org.mincs.cross"] = spec.linux.emulator->architecture;
        notes["org.mincs.cross.interpreter"] = spec.linux.emulator->interpreter;
    }
    if (!is_utf8(spec.process)) {
        notes["org.mincs.inexact"] = "true";
        notes["org.mincs.exact"] = dump_json(exact_json(spec.process));
    }
    if (spec.machine_room) {
        notes["org.mincs.machine.root-at"] = spec.machine_room->root_at;
        notes["org.mincs.machine.binds-at"] = spec.machine_room->binds_at;
        notes["org.mincs.machine.root-mounts"] =
            dump_json(mounts_json(spec.machine_room->root_mounts));
    }
    if (spec.root.is_copy) notes["org.mincs.root.copy"] = "true";
    if (!spec.overlay) return notes;
    const OverlayRoot& overlay = *spec.overlay;
    notes["org.mincs.overlay.lower"] = dump_json(overlay.lower);
    notes["org.mincs.overlay.upper"] = overlay.tmpfs_upper ? "tmpfs" : overlay.upper;
    if (!overlay.work.empty()) notes["org.mincs.overlay.work"] = overlay.work;
    if (!overlay.mount_places.empty())
        notes["org.mincs.overlay.mount-places"] = overlay.mount_places;
    if (overlay.host_submounts) notes["org.mincs.overlay.host-submounts"] = "true";
    if (overlay.is_volatile) notes["org.mincs.overlay.volatile"] = "true";
    return notes;
}

/// They run where createRuntime's do, in the host's namespaces when the container is there.
Json hooks_json(const Hooks& hooks) {
    const auto by_shell = [](const std::string& command) {
        return Json::array({{{"path", "/bin/sh"}, {"args", {"sh", "-c", command}}}});
    };
    Json all = Json::object();
    if (!hooks.start.empty()) all["createRuntime"] = by_shell(hooks.start);
    if (!hooks.stop.empty()) all["poststop"] = by_shell(hooks.stop);
    return all;
}

}  // namespace

std::string to_oci_json(const ContainerSpec& spec, SeccompDetail detail) {
    Json linux_part = {{"namespaces", namespaces_json(spec.linux.namespaces, spec.linux.network)},
                       {"resources", resources_json(spec.linux.resources)},
                       {"maskedPaths", spec.linux.masked_paths},
                       {"readonlyPaths", spec.linux.readonly_paths}};
    for (const Sysctl& sysctl : spec.linux.sysctl) linux_part["sysctl"][sysctl.name] = sysctl.value;
    if (spec.linux.namespaces & CLONE_NEWUSER)
        for (const char* map : {"uidMappings", "gidMappings"})
            linux_part[map] = {{{"containerID", 0}, {"hostID", 0}, {"size", kAllIds}}};
    if (spec.linux.seccomp) linux_part["seccomp"] = seccomp_json(spec, detail);
    Json config = {{"ociVersion", "1.0.2"},
                   {"process", process_json(spec.process)},
                   {"root", {{"path", spec.root.path}, {"readonly", spec.root.readonly}}},
                   {"mounts", mounts_json(spec.mounts)},
                   {"linux", linux_part},
                   {"annotations", annotations_json(spec)}};
    if (detail == SeccompDetail::kRules) {
        if (const Json hooks = hooks_json(spec.hooks); !hooks.empty()) config["hooks"] = hooks;
        if (!spec.memo.empty()) config["annotations"]["org.mincs.memo"] = spec.memo;
    }
    if (spec.linux.namespaces & CLONE_NEWUTS) config["hostname"] = spec.hostname;
    return dump_json(config, 2);
}

}  // namespace mincs::container
