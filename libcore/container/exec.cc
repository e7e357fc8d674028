// See exec.hh.
#include "libcore/container/exec.hh"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "libcore/base/programs.hh"
#include "libcore/container/architectures.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/child.hh"
#include "libcore/container/command_error.hh"
#include "libcore/container/rlimits.hh"

namespace mincs::container {
namespace {

/// Every path that execvp(3) would try for `name`.
std::vector<std::string> candidates(const std::string& name, const std::string& path) {
    if (name.find('/') != std::string::npos) return {name};
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find(':', begin), path.size());
        const std::string directory = path.substr(begin, end - begin);
        found.push_back((directory.empty() ? "." : directory) + "/" + name);
        begin = end + 1;
    }
    return found;
}

/// EINVAL: the number is not mapped in the user namespace we are in (setresuid(2)).
void check_is_lent(int result, const char* kind, std::uint32_t id) {
    if (result == 0 || errno != EINVAL) {
        check(result, "becoming {} {}", kind, id);
        return;
    }
    throw Error("becoming {} {}: no such ID is lent to you", kind, id)
        .with_hint(
            "'--user 0:0', or root: 'usermod --add-subuids 100000-165535 --add-subgids "
            "100000-165535 NAME'");
}

/// All IDs are the same there, and so are its capabilities, but not those over the container's
/// other namespaces.
void enter_user_namespace(int user_namespace, const Process& process) {
    check(setns(user_namespace, CLONE_NEWUSER), "entering the container's user namespace");
    const std::vector<int>& kept = process.capabilities;
    // Who may mount gets a mount namespace in which that can be done.
    if (std::find(kept.begin(), kept.end(), CAP_SYS_ADMIN) != kept.end())
        check(unshare(CLONE_NEWNS), "making a mount namespace");
}

/// The kernel does not know what to do with it (ENOEXEC). What an image holds is for the machine
/// that its builder had.
void throw_if_foreign(const std::string& name, const std::string& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char head[kSignatureSize];
    const ssize_t got = file ? read(file.get(), head, sizeof head) : 0;
    const Architecture* other =
        architecture_of_program({head, static_cast<std::size_t>(std::max<ssize_t>(got, 0))});
    if (!other) return;
    CommandError error(126, fmt::format("running '{}': it is a program for {}, and this is {}",
                                        printable(name), other->name, own_architecture().name));
    error.with_hint(
        fmt::format("with the package qemu-user-static 'minc --cross {}' runs it", other->name));
    throw error;
}

}  // namespace

void enter_working_directory(const std::string& cwd) {
    const fs::RootDir root = fs::RootDir::open("/");
    const Fd directory = root.make_directories(cwd);
    check(fchdir(directory.get()), "entering the working directory '{}'", printable(cwd));
}

void enter_existing_directory(const std::string& cwd) {
    const Fd directory = fs::RootDir::open("/").open_at(cwd, O_PATH | O_DIRECTORY);
    check(fchdir(directory.get()), "entering the working directory '{}'", printable(cwd));
}

void become_user(const Process& process, bool must_set_groups, int user_namespace) {
    const User& user = process.user;
    set_rlimits(process.rlimits);  // to raise one takes the host's root
    if (user_namespace >= 0) enter_user_namespace(user_namespace, process);
    limit_bounding_set(process.capabilities);
    const bool is_ambient = user.uid != 0 && !process.ambient_capabilities.empty();
    if (is_ambient) keep_capabilities_over_change_of_user();
    const int set = setgroups(user.additional_gids.size(), user.additional_gids.data());
    if (must_set_groups || errno != EPERM) check(set, "setting the groups");
    check_is_lent(setresgid(user.gid, user.gid, user.gid), "group", user.gid);
    check_is_lent(setresuid(user.uid, user.uid, user.uid), "user", user.uid);
    if (is_ambient)
        set_ambient_capabilities(process.ambient_capabilities);
    else
        set_process_capabilities(process.capabilities, user.uid == 0);
    if (process.no_new_privileges)
        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "setting no_new_privs");
    // The change made the process what fs.suid_dumpable says (prctl(2)), and it still has our
    // descriptors.
    hide_from_ptrace();
}

std::string search_path(const std::vector<std::string>& env) {
    for (const std::string& variable : env)
        if (variable.starts_with("PATH=")) return variable.substr(5);
    return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

void exec_command(const Process& process) {
    const std::string& name = process.args.at(0);
    const std::vector<char*> argv = to_c_array(process.args);
    const std::vector<char*> envp = to_c_array(process.env);
    std::optional<int> why;
    for (const std::string& path : candidates(name, search_path(process.env))) {
        if (name.empty()) break;
        execve(path.c_str(), argv.data(), envp.data());
        if (errno == ENOENT || errno == ENOTDIR) continue;
        why = errno;
        if (why == ENOEXEC) throw_if_foreign(name, path);
        if (errno != EACCES) break;
    }
    if (!why) throw CommandError(127, fmt::format("running '{}': not found", printable(name)));
    throw CommandError(
        126, fmt::format("running '{}': {}", printable(name), SysError::errno_text(*why)));
}

}  // namespace mincs::container
