// See boot.hh. Who does what, in time:
//
//     parent (host side)                     child (container side)
//     ------------------                     ----------------------
//     control groups with their limits
//     clone: new namespaces        ------->  joins the control groups, a network that is there
//     waits for terminal, listener           private mounts; root; world; pivot_root
//                                  <-------  the terminal's master
//     runs before_command          <-------  the root, where that is asked for
//                                  ------->  goes on
//                                            host name, user (its namespace), capabilities, seccomp
//                                  <-------  the listener, where one is asked for
//     end of the error pipe        <-------  execve closes it; or a failure is written into it
//     first
//
// The child owns nothing that needs cleaning up: its mount namespace is the destructor of all it
// made.
#include "libcore/container/boot.hh"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "libcore/base/log.hh"
#include "libcore/container/exec.hh"
#include "libcore/container/init.hh"
#include "libcore/container/loopback.hh"
#include "libcore/container/rootfs.hh"
#include "libcore/container/seccomp.hh"
#include "libcore/container/world.hh"
#include "libcore/fs/landlock.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::container {
namespace {

/// The child's ends of everything it shares with the parent.
struct ChildLink {
    int errors;       ///< pipe, CLOEXEC: closed by a successful execve
    int descriptors;  ///< unix socket, -1 where nothing is to be handed out
};

constexpr char kTerminalMaster = 't';
constexpr char kListener = 'l';
constexpr char kRoot = 'r';  ///< the root, complete; the child waits for an answer
/// The control group namespace is left to the child, which must join its groups first: their
/// directory becomes its "/".
/// And the user namespace is entered at the end: what is made before wants the host's root.
constexpr std::uint64_t kLater = CLONE_NEWCGROUP | CLONE_NEWUSER;

void set_host_name(const ContainerSpec& spec) {
    if (!(spec.linux.namespaces & CLONE_NEWUTS) || spec.hostname.empty()) return;
    if (sethostname(spec.hostname.data(), spec.hostname.size()) == 0) return;
    // docker's and podman's filters leave that to root with CAP_SYS_ADMIN, in whatever namespace.
    SysError error(errno, "setting the host name '{}'", spec.hostname);
    if (error.code() != EPERM) throw error;
    warning("{}, so the container has the outer one's", error.what());
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

/// The parent may look into a process that hides, and at its /proc/PID/root, only if it is root
/// outside of any user namespace. Nobody else is in the container yet.
void show_to_parent() {
    check(prctl(PR_SET_DUMPABLE, 1), "showing the process to its parent");
}

void wait_for_parent(const fs::RootDir& root, const ChildLink& link) {
    const bool must_show = !fs::in_first_user_namespace();
    if (must_show) show_to_parent();
    send_descriptor(link.descriptors, kRoot, root.fd());
    char answer;
    if (read(link.descriptors, &answer, 1) != 1)
        throw Error("the container is not wanted any more");
    if (must_show) hide_from_ptrace();
}

/// The life of the child, in order. Everything that needs the host's paths comes before pivot_into.
void boot(const ContainerSpec& spec, const Cgroup& cgroup, const StartOptions& options,
          const ChildLink& link) {
    hide_from_ptrace();
    die_with_parent(link.errors);
    cgroup.join();
    if (spec.linux.namespaces & CLONE_NEWCGROUP)
        check(unshare(CLONE_NEWCGROUP), "making a cgroup namespace");
    if (options.network >= 0)
        check(setns(options.network, CLONE_NEWNET), "joining a network namespace");
    if (spec.linux.loopback) bring_up_loopback();

    debug("root: {}", spec.overlay ? "an overlay" : "the directory itself");
    fs::make_all_mounts_private();
    const WorldSources sources(spec);
    const fs::RootDir root = make_root(spec);
    debug("world: {} mounts, {} masked, {} read-only paths", spec.mounts.size(),
          spec.linux.masked_paths.size(), spec.linux.readonly_paths.size());
    const Fd devpts = make_world(spec, root, sources);
    if (options.foreign.table >= 0) show_binary_formats(root, options.foreign.table);
    connect_terminal(spec, root, devpts, link);
    pivot_into(root);
    set_host_name(spec);
    join_new_keyring();
    enter_working_directory(spec.process.cwd);
    if (spec.root.readonly) fs::add_mount_attributes(root.fd(), fs::kReadOnly, false);

    if (options.before_command) wait_for_parent(root, link);
    debug("user {}:{}, {} capabilities, seccomp {}", spec.process.user.uid, spec.process.user.gid,
          spec.process.capabilities.size(), spec.linux.seccomp ? "on" : "off");
    debug("running {}", printable(spec.process.args.at(0)));
    if (options.streams && !spec.process.terminal) connect_streams(*options.streams);
    close_on_exec_all_but_standard();
    become_user(spec.process, !spec.linux.rootless, options.foreign.user_namespace);
    die_with_parent(link.errors);  // a change of user forgets the wish (prctl(2))
    if (spec.linux.seccomp) install_seccomp(program_for(spec, options.filter));
    const bool shares_network = !(spec.linux.namespaces & CLONE_NEWNET);
    if (shares_network && !spec.linux.host_sockets) fs::scope_abstract_sockets();
    if (spec.init) become_init(spec.process.terminal);
    const bool is_watched = !options.trace_filter.empty() ||
                            (!options.notify_filter.empty() && options.asks_about_exec);
    if (is_watched && !fs::in_first_user_namespace()) show_to_parent();
    if (!options.trace_filter.empty()) install_seccomp(options.trace_filter);
    if (!options.notify_filter.empty())
        send_descriptor(link.descriptors, kListener,
                        install_seccomp_listener(options.notify_filter).get());
    exec_command(spec.process);
}

/// `only_waits`: nobody has to be here while the child is on its way to its execve.
Child clone_child(std::uint64_t flags, const std::function<int()>& body, bool only_waits) {
    try {
        return only_waits ? Child::vfork(flags, body) : Child::clone(flags, body);
    } catch (SysError& error) {
        if (error.code() == EPERM)
            error.with_hint(
                "namespaces take CAP_SYS_ADMIN, which containers do not have: '--cap-add "
                "SYS_ADMIN' gives it, and an ordinary user may do without");
        throw;
    }
}

}  // namespace

RunningContainer RunningContainer::start(const ContainerSpec& spec, const StartOptions& options) {
    if (spec.process.args.empty()) throw UsageError("there is no command to run");
    program_for(spec, options.filter);  // or throws
    RunningContainer self(Cgroup(spec.linux.resources, spec.id), ForwardedSignals());
    self.lifeline_ = options.lifeline;
    Pipe errors = Pipe::make();
    int sockets[2] = {-1, -1};
    const bool listens = !options.notify_filter.empty();
    if (spec.process.terminal || listens || options.before_command)
        check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets),
              "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    const ChildLink link = {errors.write_end.get(), theirs.get()};

    const std::uint64_t left_out = kLater | (options.network >= 0 ? CLONE_NEWNET : 0);
    const std::uint64_t flags = (spec.linux.namespaces & ~left_out) | CLONE_NEWPID | CLONE_NEWNS;
    const auto body = [&] {
        return report_failure(link.errors, [&] {
            close(errors.read_end.get());  // else it has a reader for ever: ourselves
            self.signals_.restore_in_child();
            boot(spec, self.cgroup_, options, link);
        });
    };
    // Else the child needs answers before its execve, or never comes to one: --init stays as it is.
    const bool only_waits = !mine && !options.cloned && !spec.init;
    self.child_ = clone_child(flags, body, only_waits);
    debug("cloned pid {} into new namespaces", self.child_.pid());
    if (options.cloned) options.cloned(self.child_.pid());
    errors.write_end.reset();
    theirs.reset();
    self.errors_ = std::move(errors.read_end);

    Fd master;
    char what = 0;
    // Until the child's end is closed, by its execve at the latest.
    for (Fd fd; mine && (fd = receive_descriptor(mine.get(), what));) {
        if (what == kTerminalMaster) master = std::move(fd);
        if (what == kRoot) {
            options.before_command(self.pid());
            check(send(mine.get(), "", 1, MSG_NOSIGNAL), "letting the command start");
        }
        if (what == kListener) {
            *options.listener = std::move(fd);
            break;
        }
    }
    if (master) self.console_.emplace(std::move(master));
    if (self.console_) self.console_->on_input(options.on_typed);
    if (!listens || !*options.listener || !options.asks_about_exec) self.throw_if_set_up_failed();
    return self;
}

void RunningContainer::throw_if_set_up_failed() {
    const Fd errors = std::move(errors_);
    try {
        throw_reported_failure(errors);
    } catch (...) {
        console_.reset();  // the terminal back in order before anything is said
        throw;
    }
}

int RunningContainer::wait(std::function<void()> once_it_stays) {
    if (!console_) console_.emplace();
    const int code = supervise(child_, *console_, signals_, ChildIs::kFirstProcess,
                               std::move(once_it_stays), lifeline_);
    console_.reset();
    if (errors_) throw_if_set_up_failed();
    return code;
}

WatchedCommand RunningContainer::watch() {
    return {child_, ChildIs::kFirstProcess, console_ ? console_->take_master() : Fd()};
}

int RunningContainer::wait_detached(DetachedStreams streams) {
    if (console_) streams.terminal = console_->take_master();
    return supervise_detached(child_, std::move(streams), signals_);
}

}  // namespace mincs::container
