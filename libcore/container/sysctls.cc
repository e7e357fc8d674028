// See sysctls.hh.
#include "libcore/container/sysctls.hh"

#include <linux/magic.h>
#include <sched.h>
#include <sys/statfs.h>

#include <algorithm>

namespace mincs::container {
namespace {

/// Which namespace a parameter belongs to; one that ends with '.' stands for all below it.
struct OwnParameter {
    const char* name;
    std::uint64_t flag;
    const char* what;
};
constexpr OwnParameter kOwn[] = {
    {"fs.mqueue.", CLONE_NEWIPC, "ipc"},
    {"kernel.domainname", CLONE_NEWUTS, "uts"},
    {"kernel.msgmax", CLONE_NEWIPC, "ipc"},
    {"kernel.msgmnb", CLONE_NEWIPC, "ipc"},
    {"kernel.msgmni", CLONE_NEWIPC, "ipc"},
    {"kernel.sem", CLONE_NEWIPC, "ipc"},
    {"kernel.shm_rmid_forced", CLONE_NEWIPC, "ipc"},
    {"kernel.shmall", CLONE_NEWIPC, "ipc"},
    {"kernel.shmmax", CLONE_NEWIPC, "ipc"},
    {"kernel.shmmni", CLONE_NEWIPC, "ipc"},
    {"net.", CLONE_NEWNET, "network"},
};

bool is_of(std::string_view name, std::string_view parameter) {
    return parameter.ends_with('.') ? name.starts_with(parameter) : name == parameter;
}

/// From separators '.' to separators '/' and back; the other one is a letter of a name then (an
/// interface "eth0.1").
std::string swapped(std::string name) {
    for (char& c : name) c = c == '.' ? '/' : c == '/' ? '.' : c;
    return name;
}

bool is_plain_path(const std::string& path) {
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string part = path.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..") return false;
        begin = end + 1;
    }
    return true;
}

}  // namespace

Sysctl parse_sysctl(const std::string& text, std::uint64_t namespaces) {
    const std::size_t equals = text.find('=');
    std::string name = text.substr(0, equals);
    // The first separator decides which of the two it is.
    const std::size_t separator = name.find_first_of("./");
    if (separator != std::string::npos && name[separator] == '/') name = swapped(name);
    if (equals == std::string::npos || !is_plain_path(swapped(name)))
        throw UsageError("'{}' is not NAME=VALUE with a name such as kernel.msgmax",
                         printable(text));
    if (name == "kernel.hostname")
        throw UsageError("--sysctl {}: the host name is the container's name", name)
            .with_hint("'--name NAME' sets it");
    for (const OwnParameter& own : kOwn) {
        if (!is_of(name, own.name)) continue;
        if (namespaces & own.flag) return {name, text.substr(equals + 1)};
        throw UsageError("--sysctl {}: the container's {} namespace is the host's", name, own.what);
    }
    throw UsageError("--sysctl {}: it would be changed for the whole host", printable(name));
}

void write_sysctls(const ContainerSpec& spec, const fs::RootDir& root) {
    for (const Sysctl& sysctl : spec.linux.sysctl) {
        const Fd file =
            root.open_no_links("/proc/sys/" + swapped(sysctl.name), O_WRONLY | O_NOFOLLOW);
        struct statfs info;
        check(fstatfs(file.get(), &info), "examining /proc/sys");
        if (info.f_type != PROC_SUPER_MAGIC)
            throw Error("setting {}: something is mounted over /proc", sysctl.name);
        check(write(file.get(), sysctl.value.data(), sysctl.value.size()), "setting {} to '{}'",
              sysctl.name, printable(sysctl.value));
    }
}

}  // namespace mincs::container
