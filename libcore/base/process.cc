// See process.hh.
#include "libcore/base/process.hh"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/programs.hh"

namespace mincs {
namespace {

constexpr std::size_t kMaxOutput = 1u << 20;

/// One end of the talk with a helper: what is still to be written, or where to collect.
struct Stream {
    Fd fd;
    std::string* collect = nullptr;
    std::string_view send = {};

    short events() const { return collect ? POLLIN : POLLOUT; }

    /// Moves some bytes; closes the descriptor when done.
    void pump(const std::string& program) {
        if (!collect) {
            const ssize_t put = write(fd.get(), send.data(), send.size());
            if (put > 0) send.remove_prefix(static_cast<std::size_t>(put));
            // A helper that does not read its input to the end is no error (EPIPE).
            if (send.empty() || (put == -1 && errno != EAGAIN && errno != EINTR)) fd.reset();
            return;
        }
        char buffer[4096];
        const ssize_t got = read(fd.get(), buffer, sizeof buffer);
        if (got == -1 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) {
            fd.reset();
            return;
        }
        collect->append(buffer, static_cast<std::size_t>(got));
        if (collect->size() > kMaxOutput)
            throw Error("running '{}': it printed more than {} bytes", program, kMaxOutput);
    }
};

/// A child's: an exception must never unwind into the parent's frames, which it has a copy of or
/// shares.
[[noreturn]] void run_body(const std::function<int()>& body) {
    try {
        _exit(body());
    } catch (...) {
        _exit(127);
    }
}

/// What a child in our memory stands on, with a page below it that nobody can write to.
class Stack {
 public:
    Stack()
        : bottom_(mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0)) {
        if (bottom_ == MAP_FAILED) throw SysError(errno, "making a stack");
        check(mprotect(bottom_, kGuard, PROT_NONE), "guarding a stack");
    }
    Stack(const Stack&) = delete;
    ~Stack() { munmap(bottom_, kSize); }
    void* top() const { return static_cast<char*>(bottom_) + kSize; }

 private:
    static constexpr std::size_t kSize = 1u << 20, kGuard = 4096;
    void* bottom_;
};

}  // namespace

int exit_code_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) return 128 + WTERMSIG(wait_status);
    return WEXITSTATUS(wait_status);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

Child& Child::operator=(Child&& other) noexcept {
    if (this != &other) {
        kill_and_reap();
        pid_ = std::exchange(other.pid_, -1);
        pidfd_ = std::move(other.pidfd_);
    }
    return *this;
}

Child::~Child() {
    kill_and_reap();
}

void Child::kill_and_reap() noexcept {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);  // not yet reaped, so the number is still ours
    while (waitpid(pid_, nullptr, __WALL) == -1 && errno == EINTR) {
    }
    pid_ = -1;
}

Child Child::clone(std::uint64_t flags, const std::function<int()>& body, int cgroup_fd) {
    int pidfd = -1;
    clone_args args = {};
    args.flags = flags | CLONE_PIDFD;
    args.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    args.exit_signal = SIGCHLD;
    if (cgroup_fd >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = static_cast<std::uint64_t>(cgroup_fd);
    }
    long pid = syscall(SYS_clone3, &args, sizeof args);
    // In a container, whose filter cannot look into what clone3(2) is given; clone(2)'s first three
    // arguments are the same everywhere.
    if (pid == -1 && errno == ENOSYS && cgroup_fd < 0)
        pid = syscall(SYS_clone, args.flags | SIGCHLD, 0, &pidfd, 0, 0);
    check(pid, "cloning a process");
    if (pid == 0) run_body(body);
    return Child(static_cast<pid_t>(pid), Fd(pidfd));
}

Child Child::vfork(std::uint64_t flags, const std::function<int()>& body) {
    const Stack stack;
    const auto run = [](void* argument) -> int {
        run_body(*static_cast<const std::function<int()>*>(argument));
    };
    const auto all = static_cast<int>(flags | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD);
    void* const argument = const_cast<std::function<int()>*>(&body);
    int pidfd = -1;
    const pid_t pid = check(::clone(run, stack.top(), all, argument, &pidfd), "cloning a process");
    return Child(pid, Fd(pidfd));
}

void Child::send_signal(int signal) const {
    if (pid_ <= 0) return;
    if (syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0) == -1 && errno != ESRCH)
        throw SysError(errno, "sending signal {} to process {}", signal, pid_);
}

int Child::wait() {
    int status = 0;
    while (waitpid(pid_, &status, __WALL) == -1)
        if (errno != EINTR) throw SysError(errno, "waiting for process {}", pid_);
    pid_ = -1;
    return status;
}

std::optional<std::int64_t> process_start_time(pid_t pid) {
    const Fd file(open(fmt::format("/proc/{}/stat", pid).c_str(), O_RDONLY | O_CLOEXEC));
    char buffer[1024];
    const ssize_t got = file ? read(file.get(), buffer, sizeof buffer) : -1;
    if (got <= 0) return std::nullopt;  // ENOENT, or ESRCH once it is open
    const std::string_view stat(buffer, static_cast<std::size_t>(got));
    // The second field, the name, may itself have blanks and parentheses.
    std::size_t at = stat.rfind(')');
    for (int field = 2; field < 22 && at != std::string_view::npos; ++field)
        at = stat.find(' ', at + 1);
    std::int64_t ticks = 0;
    if (at == std::string_view::npos) return std::nullopt;
    std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks);
    return ticks;
}

Fd open_process(pid_t pid, std::int64_t start_time) {
    if (pid <= 0) return Fd();
    Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
    if (!pidfd && errno != ESRCH && errno != EINVAL)
        throw SysError(errno, "opening the process {}", pid);
    // Only now: whoever has the number at this moment is who the descriptor means.
    if (pidfd && process_start_time(pid) != start_time) pidfd.reset();
    return pidfd;
}

bool send_signal(const Fd& pidfd, int signal) {
    if (syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0) return true;
    if (errno != ESRCH) throw SysError(errno, "sending signal {}", signal);
    return false;
}

namespace {

/// SIGPIPE is held back in this thread and taken away again, so that a helper that does not read
/// its input is an EPIPE here and not our death; the process's own handling of the signal is left
/// alone.
class PipeSignalBlock {
 public:
    PipeSignalBlock() {
        sigemptyset(&signal_);
        sigaddset(&signal_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &signal_, &old_);
    }
    PipeSignalBlock(const PipeSignalBlock&) = delete;
    PipeSignalBlock& operator=(const PipeSignalBlock&) = delete;
    ~PipeSignalBlock() {
        const timespec at_once = {};
        if (!sigismember(&old_, SIGPIPE)) sigtimedwait(&signal_, nullptr, &at_once);
        pthread_sigmask(SIG_SETMASK, &old_, nullptr);
    }

 private:
    sigset_t signal_;
    sigset_t old_;
};

/// Starts the program with the three ends as stdin, stdout and stderr; throws where exec failed.
Child start_program(const std::vector<std::string>& argv, Pipe& in, Pipe& out, Pipe& err) {
    Pipe failed = Pipe::make();
    const std::vector<char*> c_argv = to_c_array(argv);
    Child child = Child::clone(0, [&] {
        // Where we ourselves run without 0, 1 or 2, an end may have such a number: first out of the
        // way.
        const auto away = [](const Fd& fd) { return fcntl(fd.get(), F_DUPFD_CLOEXEC, 3); };
        const int failed_end = away(failed.write_end);
        const int ends[] = {away(in.read_end), away(out.write_end), away(err.write_end)};
        if (dup2(ends[0], 0) == 0 && dup2(ends[1], 1) == 1 && dup2(ends[2], 2) == 2)
            execvp(c_argv[0], c_argv.data());
        const int code = errno;
        [[maybe_unused]] const ssize_t put = write(failed_end, &code, sizeof code);
        return 127;
    });
    in.read_end.reset();
    out.write_end.reset();
    err.write_end.reset();
    failed.write_end.reset();
    int code = 0;
    if (read(failed.read_end.get(), &code, sizeof code) == sizeof code)
        throw SysError(code, "running '{}'", argv[0]);
    return child;
}

}  // namespace

void close_descriptors_but(std::vector<int> kept) {
    std::sort(kept.begin(), kept.end());
    unsigned first = 3;
    for (const int fd : kept) {
        if (fd < 3) continue;
        const auto next = static_cast<unsigned>(fd);
        if (next > first)
            check(syscall(SYS_close_range, first, next - 1, 0u), "closing descriptors");
        first = next + 1;
    }
    check(syscall(SYS_close_range, first, ~0u, 0u), "closing descriptors");
}

CommandResult run_command(const std::vector<std::string>& argv, std::string_view input,
                          std::chrono::milliseconds timeout) {
    const std::string& program = argv.at(0);
    Pipe in = Pipe::make(), out = Pipe::make(), err = Pipe::make();
    Child child = start_program(argv, in, out, err);
    const PipeSignalBlock no_sigpipe;

    CommandResult result;
    Stream streams[] = {{std::move(in.write_end), nullptr, input},
                        {std::move(out.read_end), &result.output},
                        {std::move(err.read_end), &result.errors}};
    if (input.empty()) streams[0].fd.reset();
    for (Stream& s : streams)
        if (s.fd) fcntl(s.fd.get(), F_SETFL, O_NONBLOCK);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    bool ended = false;
    // Both are waited for, the end of the streams and of the program: either may come first.
    while (!ended || streams[0].fd || streams[1].fd || streams[2].fd) {
        pollfd polls[4] = {};
        for (int i = 0; i < 3; ++i) polls[i] = {streams[i].fd.get(), streams[i].events(), 0};
        polls[3] = {ended ? -1 : child.pidfd(), POLLIN, 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0 || poll(polls, 4, static_cast<int>(left.count())) == 0)
            throw Error("running '{}': no answer within {} ms", program, timeout.count());
        for (int i = 0; i < 3; ++i)
            if (polls[i].revents) streams[i].pump(program);
        ended = ended || polls[3].revents != 0;
        // Nobody reads on: what was not sent stays unsent.
        if (ended) streams[0].fd.reset();
    }
    result.status = exit_code_of(child.wait());
    return result;
}

}  // namespace mincs
