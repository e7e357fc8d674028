// See process.hh.
#include "libcore/base/process.hh"

#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cstring>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

constexpr std::size_t kMaxOutput = 1u << 20;

std::vector<char*> to_c_array(const std::vector<std::string>& strings) {
    std::vector<char*> array;
    for (const std::string& s : strings) array.push_back(const_cast<char*>(s.c_str()));
    array.push_back(nullptr);
    return array;
}

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

Child::~Child() { kill_and_reap(); }

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
    const long pid = check(syscall(SYS_clone3, &args, sizeof args), "cloning a process");
    if (pid == 0) _exit(body());
    return Child(static_cast<pid_t>(pid), Fd(pidfd));
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

CommandResult run_command(const std::vector<std::string>& argv, std::string_view input,
                          std::chrono::milliseconds timeout) {
    const std::string& program = argv.at(0);
    Pipe in = Pipe::make(), out = Pipe::make(), err = Pipe::make(), failed = Pipe::make();
    const std::vector<char*> c_argv = to_c_array(argv);
    Child child = Child::clone(0, [&] {
        dup2(in.read_end.get(), STDIN_FILENO);
        dup2(out.write_end.get(), STDOUT_FILENO);
        dup2(err.write_end.get(), STDERR_FILENO);
        execvp(c_argv[0], c_argv.data());
        const int code = errno;
        [[maybe_unused]] const ssize_t put = write(failed.write_end.get(), &code, sizeof code);
        return 127;
    });
    in.read_end.reset();
    out.write_end.reset();
    err.write_end.reset();
    failed.write_end.reset();
    int code = 0;
    if (read(failed.read_end.get(), &code, sizeof code) == sizeof code)
        throw SysError(code, "running '{}'", program);

    CommandResult result;
    Stream streams[] = {{std::move(in.write_end), nullptr, input},
                        {std::move(out.read_end), &result.output},
                        {std::move(err.read_end), &result.errors}};
    if (input.empty()) streams[0].fd.reset();
    for (Stream& s : streams)
        if (s.fd) fcntl(s.fd.get(), F_SETFL, O_NONBLOCK);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (streams[0].fd || streams[1].fd || streams[2].fd) {
        pollfd polls[3];
        for (int i = 0; i < 3; ++i) polls[i] = {streams[i].fd.get(), streams[i].events(), 0};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0 || poll(polls, 3, static_cast<int>(left.count())) == 0)
            throw Error("running '{}': no answer within {} ms", program, timeout.count());
        for (int i = 0; i < 3; ++i)
            if (polls[i].revents) streams[i].pump(program);
    }
    result.status = exit_code_of(child.wait());
    return result;
}

}  // namespace mincs
