// See job.hh.
#include "tools/ermine-breeder/job.hh"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

#include <deque>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/base/programs.hh"

namespace mincs::breeder {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLinesKept = 40, kLinesShown = 10, kLongestLine = 400;
constexpr int kTick = 200;  // milliseconds

/// Cuts a stream into lines and keeps the last ones.
class Lines {
 public:
    explicit Lines(const Job& job) : job_(job) {}

    void take(std::string_view data) {
        for (const char c : data) {
            if (c == '\n' || line_.size() >= kLongestLine) end_line();
            if (c != '\n' && c != '\r') line_ += c;
        }
    }
    std::vector<std::string> last() {
        if (!line_.empty()) end_line();
        return {kept_.begin(), kept_.end()};
    }

 private:
    void end_line() {
        if (job_.on_line) job_.on_line(line_);
        kept_.push_back(printable(line_));
        if (kept_.size() > kLinesKept) kept_.pop_front();
        line_.clear();
    }

    const Job& job_;
    std::string line_;
    std::deque<std::string> kept_;
};

/// In the new process.
int become(const Job& job, const Fd& input, const Fd& output) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // make passes it on to the compilers
    if (!job.directory.empty() && chdir(job.directory.c_str()) == -1) return 126;
    if (dup2(input.get(), STDIN_FILENO) == -1 || dup2(output.get(), STDOUT_FILENO) == -1 ||
        dup2(output.get(), STDERR_FILENO) == -1)
        return 126;
    execvp(job.argv[0].c_str(), to_c_array(job.argv).data());
    return 127;
}

/// The streams between us and the program.
struct Talk {
    Pipe input = Pipe::make();
    Pipe output = Pipe::make();

    /// One that does not listen yet, or any more, is no error: the pipe is full then, or gone.
    void say(const Job& job) {
        if (!job.input) return;
        const std::string text = job.input();
        [[maybe_unused]] const ssize_t put = write(input.write_end.get(), text.data(), text.size());
    }
    /// False at the end.
    bool hear(Lines& lines) const {
        char buffer[16384];
        const ssize_t got = read(output.read_end.get(), buffer, sizeof buffer);
        if (got > 0) lines.take({buffer, static_cast<std::size_t>(got)});
        return got != 0;
    }
};

/// Until everybody has closed the pipe, or the child has ended: what it left behind in the
/// background may hold the pipe open for ever. False where it took too long.
bool follow(const Job& job, const Child& child, Talk& talk, Lines& lines) {
    const auto end = Clock::now() + job.timeout;
    auto next_tick = Clock::now();
    for (;;) {
        pollfd waits[] = {{talk.output.read_end.get(), POLLIN, 0}, {child.pidfd(), POLLIN, 0}};
        if (poll(waits, 2, kTick) == -1 && errno != EINTR)
            throw SysError(errno, "waiting for '{}'", job.argv.front());
        if (waits[0].revents != 0 ? !talk.hear(lines) : waits[1].revents != 0) return true;
        if (Clock::now() < next_tick) continue;
        next_tick = Clock::now() + std::chrono::milliseconds(kTick);
        if (job.timeout.count() > 0 && Clock::now() > end) return false;
        talk.say(job);
        if (job.on_tick && job.on_tick()) {
            child.send_signal(SIGKILL);
            return true;
        }
    }
}

}  // namespace

JobResult run_job(const Job& job) {
    debug("running {}", fmt::join(job.argv, " "));
    Talk talk;
    check(fcntl(talk.input.write_end.get(), F_SETFL, O_NONBLOCK), "preparing a pipe");
    Child child =
        Child::clone(0, [&] { return become(job, talk.input.read_end, talk.output.write_end); });
    talk.output.write_end.reset();
    // Ours stays open for reading, too: no SIGPIPE where the program does not listen any more.
    if (!job.input) talk.input.write_end.reset();
    Lines lines(job);
    JobResult result;
    result.timed_out = !follow(job, child, talk, lines);
    if (result.timed_out) child.send_signal(SIGKILL);
    result.status = exit_code_of(child.wait());
    result.last_lines = lines.last();
    return result;
}

void run_job_or_throw(const Job& job, std::string_view what, const std::string& hint) {
    JobResult result = run_job(job);
    if (result.status == 0 && !result.timed_out) return;
    std::vector<std::string>& last = result.last_lines;
    if (last.size() > kLinesShown) last.erase(last.begin(), last.end() - kLinesShown);
    Error error("{}: '{}' {}", what, job.argv.front(),
                result.timed_out       ? "took too long"
                : result.status == 127 ? "is not installed"
                                       : fmt::format("failed with status {}", result.status));
    throw DetailedError(error.with_hint(hint), std::move(last));
}

}  // namespace mincs::breeder
