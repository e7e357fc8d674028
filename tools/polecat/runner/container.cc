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

container::ContainerSpec make_spec(const Metadata& metadata, const Caller& caller,
                                   const std::string& image) {
    container::ContainerSpec spec;
    spec.id = "polecat-" + std::to_string(getpid());
    spec.hostname = metadata.name;
    spec.process.terminal = caller.terminal;
    spec.process.user = {metadata.uid, metadata.gid, metadata.additional_gids};
    spec.process.args = metadata.args;
    spec.process.args.insert(spec.process.args.end(), caller.args.begin(), caller.args.end());
    spec.process.env = merged_environment(metadata.env, caller.environment);
    spec.process.cwd = caller.working_directory.empty() ? metadata.cwd : caller.working_directory;
    spec.process.capabilities = metadata.capabilities;
    spec.root.path = root_mount_point(image);
    spec.overlay.emplace();
    spec.overlay->lower = {image};
    spec.overlay->tmpfs_upper = true;
    spec.overlay->is_volatile = true;
    spec.mounts = container::standard_mounts();
    // The network is the host's, so are its names; only for an application that has use for them.
    for (const std::string file : {"/etc/resolv.conf", "/etc/hosts"})
        if (has_entry(image, file) && access(file.c_str(), R_OK) == 0)
            spec.mounts.push_back({file, "bind", file, {"ro", "nosuid", "nodev", "noexec"}});
    if (const std::string& shown = caller.working_directory; !shown.empty())
        spec.mounts.push_back({shown, "bind", shown, {"rbind", "nosuid", "nodev"}});
    for (const BundleBind& bind : metadata.binds) {
        std::vector<std::string> options = {"rbind", "nosuid", "nodev"};
        if (bind.readonly) options.push_back("ro");
        spec.mounts.push_back({bind.destination, "bind", bind.source, options});
    }
    spec.linux.namespaces =
        CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    spec.linux.masked_paths = container::standard_masked_paths();
    spec.linux.readonly_paths = container::standard_readonly_paths();
    return spec;
}

}  // namespace mincs::polecat
