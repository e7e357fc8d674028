// See boot.hh. Who does what, in time:
//
//     parent (host side)                     child (container side)
//     ------------------                     ----------------------
//     control groups with their limits
//     clone: new namespaces        ------->  joins the control groups
//     waits for terminal, listener           private mounts; root; world; pivot_root
//                                  <-------  the terminal's master
//                                            host name, user, capabilities, seccomp
//                                  <-------  the listener, where one is asked for
//     end of the error pipe        <-------  execve closes it; or a failure is written into it
//     first
//
// The child owns nothing that needs cleaning up: its mount namespace is the destructor of all it
// made.
#include "libcore/container/boot.hh"

#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/exec.hh"
#include "libcore/container/rootfs.hh"
#include "libcore/container/seccomp.hh"
#include "libcore/container/world.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {
namespace {

/// The child's ends of everything it shares with the parent.
struct ChildLink {
    int errors;       ///< pipe, CLOEXEC: closed by a successful execve
    int descriptors;  ///< unix socket, -1 where nothing is to be handed out
};

constexpr char kTerminalMaster = 't';
constexpr char kListener = 'l';
/// The control group namespace is left to the child, which must join its groups first: their
/// directory becomes its "/".
constexpr std::uint64_t kLater = CLONE_NEWCGROUP;

void set_host_name(const ContainerSpec& spec) {
    if (!(spec.linux.namespaces & CLONE_NEWUTS) || spec.hostname.empty()) return;
    check(sethostname(spec.hostname.data(), spec.hostname.size()), "setting the host name '{}'",
          spec.hostname);
}

/// Keys of whoever started us stay outside (keyctl(2)). A kernel or an outer filter without
/// keyrings is fine.
void join_new_keyring() {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) == -1 && errno != ENOSYS &&
        errno != EPERM && errno != EDQUOT)
        throw SysError(errno, "joining a new session keyring");
}

/// From here on the death of the parent is ours; and if it died before, this pipe has no reader any
/// more.
void die_with_parent(int errors) {
    check(prctl(PR_SET_PDEATHSIG, SIGKILL), "asking to die with the parent");
    pollfd pipe = {errors, 0, 0};
    if (poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR)) _exit(125);
}

void connect_terminal(const ContainerSpec& spec, const fs::RootDir& root, const Fd& devpts,
                      const ChildLink& link) {
    if (!spec.process.terminal) return;
    if (!devpts) throw Error("giving the command a terminal: the container has no /dev/pts");
    const PseudoTerminal terminal = open_pseudo_terminal(devpts);
    check(fchown(terminal.slave.get(), spec.process.user.uid, static_cast<gid_t>(-1)),
          "giving the terminal to the user");
    bind_console(root, terminal.slave.get());
    send_descriptor(link.descriptors, kTerminalMaster, terminal.master.get());
    become_session_leader(terminal.slave);
}

void close_all_but_standard() {
    // CLOEXEC and not closed at once: the error pipe is needed until the execve.
    check(syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */), "closing descriptors");
}

/// The life of the child, in order. Everything that needs the host's paths comes before pivot_into.
void boot(const ContainerSpec& spec, const Cgroup& cgroup, const StartOptions& options,
          const ChildLink& link) {
    check(prctl(PR_SET_DUMPABLE, 0), "hiding from ptrace");  // CVE-2016-9962
    die_with_parent(link.errors);
    cgroup.join();
    if (spec.linux.namespaces & kLater)
        check(unshare(CLONE_NEWCGROUP), "making a cgroup namespace");

    debug("root: {}", spec.overlay ? "an overlay" : "the directory itself");
    fs::make_all_mounts_private();
    const WorldSources sources(spec);
    const fs::RootDir root = make_root(spec);
    debug("world: {} mounts, {} masked, {} read-only paths", spec.mounts.size(),
          spec.linux.masked_paths.size(), spec.linux.readonly_paths.size());
    const Fd devpts = make_world(spec, root, sources);
    connect_terminal(spec, root, devpts, link);
    pivot_into(root);
    set_host_name(spec);
    join_new_keyring();
    enter_working_directory(spec.process.cwd);
    if (spec.root.readonly) fs::add_mount_attributes(root.fd(), fs::kReadOnly, false);

    debug("user {}:{}, {} capabilities, seccomp {}", spec.process.user.uid, spec.process.user.gid,
          spec.process.capabilities.size(), spec.linux.seccomp ? "on" : "off");
    debug("running {}", printable(spec.process.args.at(0)));
    close_all_but_standard();
    become_user(spec.process);
    die_with_parent(link.errors);  // a change of user forgets the wish (prctl(2))
    if (spec.linux.seccomp) install_seccomp(default_seccomp_program());
    if (!options.notify_filter.empty())
        send_descriptor(link.descriptors, kListener,
                        install_seccomp_listener(options.notify_filter).get());
    exec_command(spec.process);
}

/// The child boundary: what failed goes through the pipe as "CODE text", to be thrown by the
/// parent.
int run_child(const ContainerSpec& spec, const Cgroup& cgroup, const ForwardedSignals& signals,
              const StartOptions& options, const ChildLink& link) {
    std::string failure;
    try {
        signals.restore_in_child();
        boot(spec, cgroup, options, link);
    } catch (const CommandError& error) {
        failure = fmt::format("{} {}", error.exit_code(), error.what());
    } catch (const std::exception& error) {
        failure = fmt::format("125 {}", error.what());
    }
    [[maybe_unused]] const ssize_t put = write(link.errors, failure.data(), failure.size());
    return 125;
}

}  // namespace

RunningContainer RunningContainer::start(const ContainerSpec& spec, const StartOptions& options) {
    if (spec.process.args.empty()) throw UsageError("there is no command to run");
    RunningContainer self(Cgroup(spec.linux.resources, spec.id), ForwardedSignals());
    Pipe errors = Pipe::make();
    int sockets[2] = {-1, -1};
    const bool listens = !options.notify_filter.empty();
    if (spec.process.terminal || listens)
        check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
              "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    const ChildLink link = {errors.write_end.get(), theirs.get()};

    const std::uint64_t flags = (spec.linux.namespaces & ~kLater) | CLONE_NEWPID | CLONE_NEWNS;
    self.child_ = Child::clone(
        flags, [&] { return run_child(spec, self.cgroup_, self.signals_, options, link); });
    debug("cloned pid {} into new namespaces", self.child_.pid());
    errors.write_end.reset();
    theirs.reset();
    self.errors_ = std::move(errors.read_end);

    char what = 0;
    for (Fd fd; mine && (fd = receive_descriptor(mine.get(), what));) {
        if (what == kTerminalMaster) {
            self.console_.emplace(std::move(fd));
            if (!listens) break;
        } else {
            *options.listener = std::move(fd);
            return self;
        }
    }
    self.throw_if_set_up_failed();
    return self;
}

void RunningContainer::throw_if_set_up_failed() {
    const std::string failure = read_all(errors_.get(), kSmallFile, "the child's error pipe");
    errors_.reset();
    if (failure.empty()) return;
    console_.reset();  // the terminal back in order before anything is said
    const int code = std::stoi(failure.substr(0, 3));
    const std::string text = failure.substr(4);
    if (code != 125) throw CommandError(code, text);
    throw Error("{}", text);
}

int RunningContainer::wait() {
    if (!console_) console_.emplace();
    const int code = supervise(child_, *console_, signals_);
    console_.reset();
    if (errors_) throw_if_set_up_failed();
    return code;
}

}  // namespace mincs::container
