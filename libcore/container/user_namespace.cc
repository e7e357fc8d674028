// See user_namespace.hh.
#include "libcore/container/user_namespace.hh"

#include <sched.h>
#include <unistd.h>

#include <sstream>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"

namespace mincs::container {
namespace {

void write_map(const std::string& path, const std::string& text) {
    const Fd file(check(open(path.c_str(), O_WRONLY | O_CLOEXEC), "opening '{}'", path));
    write_all(file.get(), text, path);
}

/// What an administrator can have set against it; empty: nothing is known.
std::string what_forbids() {
    const auto says = [](const char* path, std::string_view text) {
        const auto value = read_file_if_exists(path);
        return value && value->starts_with(text);
    };
    if (says("/proc/sys/user/max_user_namespaces", "0\n")) return "user.max_user_namespaces is 0";
    if (says("/proc/sys/kernel/unprivileged_userns_clone", "0"))
        return "kernel.unprivileged_userns_clone is 0";
    if (says("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"))
        return "kernel.apparmor_restrict_unprivileged_userns is 1";
    return "";
}

}  // namespace

void unshare_user_namespace() {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) return;
    const int code = errno;
    const std::string cause = what_forbids();
    Error error("making a user namespace: {}{}{}", SysError::errno_text(code),
                cause.empty() ? "" : ", as ", cause);
    error.with_hint("an ordinary user needs one; root does not");
    throw error;
}

void map_own_ids(uid_t uid, uid_t own_uid, gid_t gid, gid_t own_gid) {
    // Who may not set groups outside must not be able to drop one inside (CVE-2014-8989).
    write_map("/proc/self/setgroups", "deny");
    write_map("/proc/self/uid_map", fmt::format("{} {} 1\n", uid, own_uid));
    write_map("/proc/self/gid_map", fmt::format("{} {} 1\n", gid, own_gid));
}

void enter_user_namespace(uid_t uid, gid_t gid) {
    const uid_t own_uid = geteuid();
    const gid_t own_gid = getegid();
    unshare_user_namespace();
    map_own_ids(uid, own_uid, gid, own_gid);
    check(setresgid(gid, gid, gid), "becoming group {} of the user namespace", gid);
    check(setresuid(uid, uid, uid), "becoming user {} of the user namespace", uid);
}

void map_same_ids(pid_t child) {
    for (const char* name : {"uid_map", "gid_map"}) {
        std::istringstream ours(read_file(fmt::format("/proc/self/{}", name)));
        std::string theirs;
        for (std::uint64_t first, outside, count; ours >> first >> outside >> count;)
            theirs += fmt::format("{} {} {}\n", first, first, count);
        write_map(fmt::format("/proc/{}/{}", child, name), theirs);
    }
}

void join_user_namespace(int pidfd) {
    check(setns(pidfd, CLONE_NEWUSER), "joining the container's user namespace");
}

void become_root_of_joined_namespace() {
    check(unshare(CLONE_NEWNS), "making a mount namespace");
    check(setresgid(0, 0, 0), "becoming root's group of a user namespace");
    check(setresuid(0, 0, 0), "becoming root of a user namespace");
}

}  // namespace mincs::container
