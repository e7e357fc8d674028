// See join.hh. Who does what, in time:
//
//     parent (host side)                     child (container side)
//     ------------------                     ----------------------
//     hides from ptrace, opens the groups
//     setns: pid namespace, for children
//     clone                        ------->  seen in the container from here on, but not into
//                                            joins control groups, then all namespaces at once
//                                  <-------  the terminal's master
//                                            user (its namespace), capabilities, seccomp
//     end of the error pipe        <-------  execve closes it; or a failure is written into it
#include "libcore/container/join.hh"

#include <linux/magic.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include <algorithm>

#include "libcore/base/log.hh"
#include "libcore/container/cgroup.hh"
#include "libcore/container/child.hh"
#include "libcore/container/exec.hh"
#include "libcore/container/owner_keeper.hh"
#include "libcore/container/seccomp.hh"
#include "libcore/container/users.hh"

namespace mincs::container {
namespace {

constexpr char kTerminalMaster = 't';

/// The child's ends of what it shares with the parent.
struct ChildLink {
    int errors;
    int descriptors;  ///< -1 without a terminal
    int keeper;       ///< of owners; -1: nobody waits
    StandardStreams streams;
};

/// The container's own devpts; a privileged command may have put something else there.
PseudoTerminal open_terminal_inside() {
    const Fd devpts = fs::RootDir::open("/").open_at("/dev/pts", O_PATH | O_DIRECTORY);
    struct statfs info;
    check(fstatfs(devpts.get(), &info), "examining /dev/pts");
    if (info.f_type != DEVPTS_SUPER_MAGIC)
        throw Error("giving the command a terminal: the container has no /dev/pts");
    return open_pseudo_terminal(devpts);
}

void connect_terminal(const Process& process, const ChildLink& link) {
    const PseudoTerminal terminal = open_terminal_inside();
    check(fchown(terminal.slave.get(), process.user.uid, static_cast<gid_t>(-1)),
          "giving the terminal to the user");
    send_descriptor(link.descriptors, kTerminalMaster, terminal.master.get());
    become_session_leader(terminal.slave);
}

/// The life of the child, in order.
void join(const JoinRequest& request, const Cgroup& cgroup, const ChildLink& link,
          bool must_set_groups) {
    die_with_parent(link.errors);
    cgroup.join();
    constexpr std::uint64_t kLater = CLONE_NEWUSER;  // as at the container's birth (boot.cc)
    const std::uint64_t namespaces =
        (request.spec.linux.namespaces & ~kLater) | CLONE_NEWPID | CLONE_NEWNS;
    const bool has_later = request.spec.linux.namespaces & kLater;
    check(setns(request.pidfd.get(), static_cast<int>(namespaces)),
          "joining the container's namespaces");
    // Nothing of the caller's and of the host's comes along into the container.
    const int user_namespace = has_later ? request.pidfd.get() : -1;
    close_descriptors_but({link.errors, link.descriptors, link.keeper, user_namespace,
                           link.streams.in, link.streams.out, link.streams.err});

    Process process = request.spec.process;
    set_user(process, request.user, request.sets_home, fs::RootDir::open("/"));
    if (process.terminal) connect_terminal(process, link);
    join_new_keyring();
    enter_existing_directory(process.cwd);
    debug("user {}:{}, {} capabilities, seccomp {}", process.user.uid, process.user.gid,
          process.capabilities.size(), request.spec.linux.seccomp ? "on" : "off");
    if (!process.terminal) connect_streams(link.streams);
    close_on_exec_all_but_standard();
    become_user(process, must_set_groups, user_namespace);
    die_with_parent(link.errors);  // a change of user forgets the wish (prctl(2))
    if (request.spec.linux.seccomp) install_seccomp(program_for(request.spec, request.filter));
    if (link.keeper >= 0) ask_keeper(link.keeper);
    exec_command(process);
}

/// In the pid namespace that our children are in now. It may have ended meanwhile: then the kernel
/// has no memory for another process in it (pid_namespaces(7)).
Child clone_inside(const std::function<int()>& body) {
    try {
        return Child::clone(0, body);
    } catch (const SysError& error) {
        if (error.code() != ENOMEM) throw;
        throw Error("the container has ended meanwhile");
    }
}

/// `ours`: the socket's end for the command's process.
Child start_keeper(const JoinRequest& request, Fd& ours) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    Fd theirs(sockets[0]);
    ours = Fd(sockets[1]);
    Fd messages(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
    return keep_owners_of_joined(request.pidfd.get(), std::move(theirs), std::move(messages));
}

}  // namespace

JoinedCommand JoinedCommand::start(const JoinRequest& request) {
    if (request.spec.process.args.empty()) throw UsageError("there is no command to run");
    JoinedCommand self;
    if (!request.signals) self.signals_.emplace();
    const ForwardedSignals& signals = request.signals ? *request.signals : *self.signals_;
    hide_from_ptrace();  // the child inherits it, and is seen inside from its first moment
    const Cgroup cgroup = Cgroup::of_running(request.spec.id, request.init);
    const Fd null_device(check(open("/dev/null", O_RDWR | O_CLOEXEC), "opening /dev/null"));
    Pipe errors = Pipe::make();
    int sockets[2] = {-1, -1};
    if (request.spec.process.terminal)
        check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
              "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    // An ordinary user may join what he made as root of its user namespace.
    const bool is_root = geteuid() == 0;
    Fd keeper;
    if (!is_root && request.spec.linux.seccomp && !request.spec.linux.seccomp_profile)
        self.keeper_ = start_keeper(request, keeper);
    const StandardStreams own = {request.has_input ? STDIN_FILENO : null_device.get(),
                                 STDOUT_FILENO, STDERR_FILENO};
    const ChildLink link = {errors.write_end.get(), theirs.get(), keeper.get(),
                            request.streams.value_or(own)};
    if (setns(request.pidfd.get(), CLONE_NEWPID | (is_root ? 0 : CLONE_NEWUSER)) == -1) {
        if (errno == ESRCH) throw Error("the container has ended meanwhile");
        throw SysError(errno, "joining the container's pid namespace");
    }
    self.child_ = clone_inside([&] {
        return report_failure(link.errors, [&] {
            errors.read_end.reset();  // else it has a reader for ever: ourselves
            signals.restore_in_child();
            join(request, cgroup, link, is_root);
        });
    });
    errors.write_end.reset();
    theirs.reset();
    keeper.reset();
    char what = 0;
    if (mine)
        if (Fd master = receive_descriptor(mine.get(), what))
            self.console_.emplace(std::move(master), request.has_input);
    try {
        throw_reported_failure(errors.read_end);
    } catch (...) {
        self.console_.reset();  // the terminal back in order before anything is said
        throw;
    }
    return self;
}

int JoinedCommand::wait() {
    if (!console_) console_.emplace();
    const int code = supervise(child_, *console_, *signals_, ChildIs::kJoined);
    console_.reset();
    return code;
}

WatchedCommand JoinedCommand::watch() {
    return {child_, ChildIs::kJoined, console_ ? console_->take_master() : Fd()};
}

}  // namespace mincs::container
