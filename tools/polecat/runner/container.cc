// See container.hh.
#include "tools/polecat/runner/container.hh"

#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libcore/container/world.hh"

namespace mincs::polecat {
namespace {

std::string name_of(const std::string& variable) {
    return variable.substr(0, variable.find('='));
}

bool describes_the_machine(const std::string& name) {
    constexpr std::string_view kNames[] = {
        "TERM",     "COLORTERM",  "NO_COLOR",    "LANG",        "LANGUAGE",  "TZ",
        "COLUMNS",  "LINES",      "http_proxy",  "https_proxy", "ftp_proxy", "all_proxy",
        "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY",   "ALL_PROXY", "NO_PROXY"};
    return name.starts_with("LC_") ||
           std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// Whether the bundle has this path itself, as a file or a link.
bool has_entry(const std::string& image, const std::string& path) {
    struct stat info;
    return lstat((image + path).c_str(), &info) == 0;
}

/// A directory of the image, on which the engine builds the root: it only has to exist.
std::string root_mount_point(const std::string& image) {
    for (const char* directory : {"/proc", "/dev", "/sys"}) {
        struct stat info;
        if (lstat((image + directory).c_str(), &info) == 0 && S_ISDIR(info.st_mode))
            return image + directory;
    }
    throw Error("the bundle's image has no directory '/proc'");
}

container::Mount bind(const std::string& source, const std::string& destination, bool readonly) {
    std::vector<std::string> options = {"rbind", "nosuid", "nodev"};
    if (readonly) options.push_back("ro");
    return {destination, "bind", source, options};
}

bool is_there(const std::string& path) {
    return !path.empty() && access(path.c_str(), F_OK) == 0;
}

constexpr const char* kX11Sockets = "/tmp/.X11-unix";

std::string x11_authority(const Caller& caller) {
    const std::string named = variable(caller.environment, "XAUTHORITY");
    if (!named.empty()) return named;
    return variable(caller.environment, "HOME") + "/.Xauthority";
}

/// The socket's path (wayland's wl_display_connect(3)); empty: there is none.
std::string wayland_socket(const Caller& caller) {
    const std::string display = variable(caller.environment, "WAYLAND_DISPLAY");
    if (display.starts_with('/')) return display;
    const std::string directory = variable(caller.environment, "XDG_RUNTIME_DIR");
    if (!directory.starts_with('/')) return "";
    return directory + "/" + (display.empty() ? "wayland-0" : display);
}

/// Everything of the host that shows inside because somebody wants it.
std::vector<container::Mount> shown_of_host(const Wishes& wishes, const Caller& caller) {
    std::vector<container::Mount> mounts;
    if (wishes.shows_home && !caller.home.empty())
        mounts.push_back(bind(caller.home, caller.home, false));
    if (const std::string& shown = caller.working_directory; wishes.shows_cwd && !shown.empty())
        mounts.push_back(bind(shown, shown, false));
    for (const BundleBind& wanted : wishes.binds)
        mounts.push_back(bind(wanted.source, wanted.destination, wanted.readonly));
    if (wishes.x11) {
        if (is_there(kX11Sockets)) mounts.push_back(bind(kX11Sockets, kX11Sockets, true));
        const std::string authority = x11_authority(caller);
        if (is_there(authority)) mounts.push_back(bind(authority, authority, true));
    }
    if (const std::string socket = wayland_socket(caller); wishes.wayland && is_there(socket))
        mounts.push_back(bind(socket, socket, false));
    return mounts;
}

void set_variable(std::vector<std::string>& environment, const std::string& name,
                  const std::string& value) {
    if (value.empty()) return;
    std::erase_if(environment, [&](const std::string& entry) { return name_of(entry) == name; });
    environment.push_back(name + "=" + value);
}

void add_wished_variables(const Wishes& wishes, const Caller& caller,
                          std::vector<std::string>& environment) {
    if (wishes.shows_home) set_variable(environment, "HOME", caller.home);
    if (wishes.x11) {
        set_variable(environment, "DISPLAY", variable(caller.environment, "DISPLAY"));
        if (const std::string authority = x11_authority(caller); is_there(authority))
            set_variable(environment, "XAUTHORITY", authority);
    }
    if (wishes.wayland)
        for (const char* name : {"WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"})
            set_variable(environment, name, variable(caller.environment, name));
}

/// There the group 5 of terminals has no number, and /sys tells of a network that is not ours.
void suit_user_namespace(const Wishes& wishes, std::vector<container::Mount>& mounts) {
    for (container::Mount& mount : mounts) {
        if (mount.type == "devpts") std::erase(mount.options, "gid=5");
        if (mount.type == "sysfs" && !wishes.no_network)
            mount = {"/sys", "bind", "/sys", {"rbind", "ro", "nosuid", "nodev", "noexec"}};
    }
    std::erase_if(mounts, [](const container::Mount& mount) {
        return mount.type == "bind" && !is_there(mount.source);
    });
}

}  // namespace

std::vector<std::string> merged_environment(const std::vector<std::string>& recorded,
                                            const std::vector<std::string>& callers) {
    std::vector<std::string> merged;
    for (const std::string& variable : callers)
        if (describes_the_machine(name_of(variable))) merged.push_back(variable);
    for (const std::string& variable : recorded)
        if (std::none_of(merged.begin(), merged.end(), [&](const std::string& other) {
                return name_of(other) == name_of(variable);
            }))
            merged.push_back(variable);
    return merged;
}

std::vector<std::string> needed_paths(const Wishes& wishes, const Caller& caller) {
    std::vector<std::string> needed = {"/etc", "/dev", "/proc", "/sys"};
    for (const container::Mount& mount : shown_of_host(wishes, caller))
        needed.push_back(mount.source);
    return needed;
}

container::ContainerSpec make_spec(const Metadata& metadata, const Wishes& wishes,
                                   const Caller& caller, const Ground& ground) {
    container::ContainerSpec spec;
    spec.id = "polecat-" + std::to_string(getpid());
    spec.hostname = metadata.name;
    spec.process.terminal = caller.terminal;
    spec.process.user = {metadata.uid, metadata.gid, metadata.additional_gids};
    spec.process.args = metadata.args;
    spec.process.args.insert(spec.process.args.end(), caller.args.begin(), caller.args.end());
    spec.process.env = merged_environment(metadata.env, caller.environment);
    add_wished_variables(wishes, caller, spec.process.env);
    const bool shows_cwd = wishes.shows_cwd && !caller.working_directory.empty();
    spec.process.cwd = shows_cwd ? caller.working_directory : wishes.cwd;
    spec.process.capabilities = metadata.capabilities;
    spec.root.path = ground.directory;
    if (!ground.is_writable) {
        spec.root.path = root_mount_point(ground.directory);
        spec.overlay.emplace();
        spec.overlay->lower = {ground.directory};
        spec.overlay->tmpfs_upper = true;
        spec.overlay->is_volatile = true;
    }
    spec.mounts = container::standard_mounts();
    if (ground.is_rootless) suit_user_namespace(wishes, spec.mounts);
    // The network is the host's, so are its names; only for an application that has use for them.
    for (const std::string file : {"/etc/resolv.conf", "/etc/hosts"})
        if (has_entry(ground.directory, file) && access(file.c_str(), R_OK) == 0)
            spec.mounts.push_back({file, "bind", file, {"ro", "nosuid", "nodev", "noexec"}});
    for (container::Mount& mount : shown_of_host(wishes, caller))
        spec.mounts.push_back(std::move(mount));
    spec.linux.rootless = ground.is_rootless;
    spec.linux.namespaces =
        CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    if (wishes.no_network) {
        spec.linux.namespaces |= CLONE_NEWNET;
        spec.linux.loopback = true;
    }
    spec.linux.masked_paths = container::standard_masked_paths();
    spec.linux.readonly_paths = container::standard_readonly_paths();
    return spec;
}

}  // namespace mincs::polecat
