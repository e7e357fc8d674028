// from_oci_json(): the way back from what spec_json.cc wrote.
#include <sched.h>

#include <algorithm>
#include <charconv>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/latin1.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/seccomp_json.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {
namespace {

/// The document and what errors call it.
struct Reader {
    const Json& document;
    std::string_view what;

    /// A member that is an object; an empty one where it is missing.
    const Json& object(const Json& parent, const char* key) const {
        static const Json kNone = Json::object();
        const auto member = parent.find(key);
        if (member == parent.end() || member->is_null()) return kNone;
        if (!member->is_object()) throw Error("{}: '{}' is no object", what, key);
        return *member;
    }
    std::vector<Json> list(const Json& parent, const char* key) const {
        const auto member = parent.find(key);
        if (member == parent.end() || member->is_null()) return {};
        if (!member->is_array()) throw Error("{}: '{}' is no list", what, key);
        return {member->begin(), member->end()};
    }
    std::string text(const Json& parent, const char* key) const {
        return json_string_if(parent, key, what).value_or("");
    }
    bool is_true(const Json& parent, const char* key) const { return text(parent, key) == "true"; }
};

std::uint64_t amount_of(const Reader& read, const Json& limit, const char* key) {
    const auto member = limit.find(key);
    if (member == limit.end() || !member->is_number_unsigned())
        throw Error("{}: '{}' is no limit", read.what, key);
    return member->get<std::uint64_t>();
}

std::uint32_t id_of(const Reader& read, const Json& value) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xfffffffe)
        throw Error("{}: a user or group ID is out of range", read.what);
    return value.get<std::uint32_t>();
}

Process parse_process(const Reader& read, const Json& json) {
    Process process;
    process.terminal = json_bool_if(json, "terminal", read.what).value_or(false);
    const Json& user = read.object(json, "user");
    process.user.uid = id_of(read, user.value("uid", Json(0u)));
    process.user.gid = id_of(read, user.value("gid", Json(0u)));
    for (const Json& gid : read.list(user, "additionalGids"))
        process.user.additional_gids.push_back(id_of(read, gid));
    process.args = json_strings_if(json, "args", read.what);
    process.env = json_strings_if(json, "env", read.what);
    process.cwd = json_string(json, "cwd", read.what);
    const Json& capabilities = read.object(json, "capabilities");
    for (const std::string& name : json_strings_if(capabilities, "bounding", read.what))
        process.capabilities.push_back(parse_capability(name));
    process.no_new_privileges = json_bool_if(json, "noNewPrivileges", read.what).value_or(true);
    for (const Json& limit : read.list(json, "rlimits"))
        process.rlimits.push_back({json_string(limit, "type", read.what),
                                   amount_of(read, limit, "soft"), amount_of(read, limit, "hard")});
    if (process.args.empty()) throw Error("{}: there is no command", read.what);
    return process;
}

/// Of a command that is no UTF-8: it stands in a note (spec_json.cc), which earlier versions did
/// not write.
void make_exact(Process& process, const Reader& read, const Json& notes, bool command_matters) {
    const std::string note = read.text(notes, "org.mincs.exact");
    if (note.empty()) {
        if (!command_matters) return;
        throw Error("{}: the command or its environment is no UTF-8, so it was not kept",
                    read.what);
    }
    const Json exact = parse_json(note, read.what);
    process.args = json_strings_if(exact, "args", read.what);
    process.env = json_strings_if(exact, "env", read.what);
    process.cwd = json_string(exact, "cwd", read.what);
    for (auto* texts : {&process.args, &process.env})
        for (std::string& text : *texts) text = latin1_text_to_bytes(text, read.what);
    process.cwd = latin1_text_to_bytes(process.cwd, read.what);
    if (process.args.empty()) throw Error("{}: there is no command", read.what);
}

std::vector<Mount> parse_mounts(const Reader& read, const Json& parent) {
    std::vector<Mount> mounts;
    for (const Json& json : read.list(parent, "mounts")) {
        Mount mount{json_string(json, "destination", read.what),
                    json_string(json, "type", read.what), read.text(json, "source"),
                    json_strings_if(json, "options", read.what)};
        if (mount.type == "bind") std::erase(mount.options, "bind");
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

std::uint64_t parse_namespaces(const Reader& read, const Json& linux_part) {
    constexpr std::pair<const char*, std::uint64_t> kFlags[] = {
        {"pid", CLONE_NEWPID},       {"mount", CLONE_NEWNS},  {"ipc", CLONE_NEWIPC},
        {"uts", CLONE_NEWUTS},       {"user", CLONE_NEWUSER}, {"network", CLONE_NEWNET},
        {"cgroup", CLONE_NEWCGROUP},
    };
    std::uint64_t flags = 0;
    for (const Json& entry : read.list(linux_part, "namespaces")) {
        const std::string type = json_string(entry, "type", read.what);
        for (const auto& [name, flag] : kFlags)
            if (type == name) flags |= flag;
    }
    return flags;
}

Resources parse_resources(const Reader& read, const Json& json) {
    const Json& memory = read.object(json, "memory");
    const Json& cpu = read.object(json, "cpu");
    Resources resources;
    resources.memory_limit = json_int_if(memory, "limit", read.what);
    resources.memory_swap = json_int_if(memory, "swap", read.what);
    resources.cpu_shares = json_int_if(cpu, "shares", read.what);
    resources.cpu_quota = json_int_if(cpu, "quota", read.what);
    resources.cpu_period = json_int_if(cpu, "period", read.what);
    resources.cpus = read.text(cpu, "cpus");
    resources.kernel_memory = json_int_if(memory, "kernel", read.what);
    resources.io_weight = json_int_if(read.object(json, "blockIO"), "weight", read.what);
    resources.pids_limit = json_int_if(read.object(json, "pids"), "limit", read.what);
    return resources;
}

/// Annotations are texts; some hold a list.
std::vector<std::string> list_in_note(const Reader& read, const Json& notes, const char* key) {
    const std::string text = read.text(notes, key);
    if (text.empty()) return {};
    return json_strings_if({{key, parse_json(text, read.what)}}, key, read.what);
}

std::optional<OverlayRoot> parse_overlay(const Reader& read, const Json& notes) {
    OverlayRoot overlay;
    overlay.lower = list_in_note(read, notes, "org.mincs.overlay.lower");
    if (overlay.lower.empty()) return std::nullopt;
    overlay.upper = read.text(notes, "org.mincs.overlay.upper");
    overlay.tmpfs_upper = overlay.upper == "tmpfs";
    if (overlay.tmpfs_upper) overlay.upper.clear();
    overlay.work = read.text(notes, "org.mincs.overlay.work");
    overlay.mount_places = read.text(notes, "org.mincs.overlay.mount-places");
    overlay.host_submounts = read.is_true(notes, "org.mincs.overlay.host-submounts");
    overlay.is_volatile = read.is_true(notes, "org.mincs.overlay.volatile");
    return overlay;
}

std::optional<MachineRoom> parse_machine_room(const Reader& read, const Json& notes) {
    MachineRoom room{read.text(notes, "org.mincs.machine.root-at"),
                     read.text(notes, "org.mincs.machine.binds-at"),
                     {}};
    if (room.root_at.empty()) return std::nullopt;
    const std::string mounts = json_string(notes, "org.mincs.machine.root-mounts", read.what);
    room.root_mounts = parse_mounts(read, {{"mounts", parse_json(mounts, read.what)}});
    return room;
}

std::int64_t parse_log_size(const Reader& read, const Json& notes) {
    const std::string text = read.text(notes, "org.mincs.log-size");
    std::int64_t size = kDefaultLogSize;
    std::from_chars(text.data(), text.data() + text.size(), size);
    return size;
}

}  // namespace

ContainerSpec from_oci_json(std::string_view text, std::string_view what, bool command_matters) {
    const Json document = parse_json(text, what);
    if (!document.is_object()) throw Error("{}: it is no object", what);
    const Reader read{document, what};
    const Json& linux_part = read.object(document, "linux");
    const Json& notes = read.object(document, "annotations");
    const Json& root = read.object(document, "root");
    ContainerSpec spec;
    spec.id = read.text(notes, "org.mincs.id");
    spec.hostname = read.text(document, "hostname");
    spec.process = parse_process(read, read.object(document, "process"));
    if (read.is_true(notes, "org.mincs.inexact"))
        make_exact(spec.process, read, notes, command_matters);
    spec.root.path = json_string(root, "path", what);
    spec.root.readonly = json_bool_if(root, "readonly", what).value_or(false);
    spec.root.is_copy = read.is_true(notes, "org.mincs.root.copy");
    for (const std::string& name : list_in_note(read, notes, "org.mincs.ambient"))
        spec.process.ambient_capabilities.push_back(parse_capability(name));
    spec.overlay = parse_overlay(read, notes);
    spec.machine_room = parse_machine_room(read, notes);
    spec.mounts = parse_mounts(read, document);
    spec.init = read.is_true(notes, "org.mincs.init");
    spec.fresh_dev = read.text(notes, "org.mincs.fresh-dev") != "false";
    spec.linux.namespaces = parse_namespaces(read, linux_part);
    spec.linux.resources = parse_resources(read, read.object(linux_part, "resources"));
    if (read.object(linux_part, "resources").contains("devices"))
        spec.linux.resources.devices = read.text(notes, "org.mincs.devices") == "standard"
                                           ? Devices::kStandard
                                           : Devices::kStandardInGroup;
    spec.linux.seccomp = linux_part.contains("seccomp");
    if (spec.linux.seccomp && read.text(notes, "org.mincs.seccomp") == "own")
        spec.linux.seccomp_profile =
            seccomp_from_json(linux_part["seccomp"], fmt::format("{}: seccomp", what));
    const Json& sysctls = read.object(linux_part, "sysctl");
    for (const auto& sysctl : sysctls.items())
        spec.linux.sysctl.push_back(
            {sysctl.key(), json_string(sysctls, sysctl.key().c_str(), what)});
    spec.linux.host_sockets = read.text(notes, "org.mincs.host-sockets") != "false";
    spec.linux.loopback = read.text(notes, "org.mincs.loopback") == "true";
    if (const std::string network = read.text(notes, "org.mincs.network"); !network.empty())
        spec.linux.network = parse_network(network, fmt::format("{}: the network", what));
    if (const std::string cross = read.text(notes, "org.mincs.cross"); !cross.empty())
        spec.linux.emulator = {cross, read.text(notes, "org.mincs.cross.interpreter")};
    spec.linux.masked_paths = json_strings_if(linux_part, "maskedPaths", what);
    spec.linux.readonly_paths = json_strings_if(linux_part, "readonlyPaths", what);
    spec.log_size = parse_log_size(read, notes);
    return spec;
}

}  // namespace mincs::container
