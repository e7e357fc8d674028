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
    std::vector<char*> argv;
    for (const std::string& word : job.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    return 127;
}

/// Reads until everybody has closed the pipe, or the child has ended: what it left behind in the
/// background may hold the pipe open for ever.
bool follow(const Job& job, const Child& child, const Fd& output, Lines& lines) {
    const auto end = Clock::now() + job.timeout;
    for (;;) {
        pollfd waits[] = {{output.get(), POLLIN, 0}, {child.pidfd(), POLLIN, 0}};
        if (poll(waits, 2, kTick) == -1 && errno != EINTR)
            throw SysError(errno, "waiting for '{}'", job.argv.front());
        if (waits[0].revents != 0) {
            char buffer[16384];
            const ssize_t got = read(output.get(), buffer, sizeof buffer);
            if (got == 0) return true;
            if (got > 0) lines.take({buffer, static_cast<std::size_t>(got)});
        } else if (waits[1].revents != 0) {
            return true;
        }
        if (job.timeout.count() > 0 && Clock::now() > end) return false;
        if (job.on_tick && job.on_tick()) {
            child.send_signal(SIGKILL);
            return true;
        }
    }
}

}  // namespace

JobResult run_job(const Job& job) {
    debug("running {}", fmt::join(job.argv, " "));
    Pipe output = Pipe::make();
    Pipe input = Pipe::make();
    write_all(input.write_end.get(), job.input, "a program's input");
    Child child = Child::clone(0, [&] { return become(job, input.read_end, output.write_end); });
    output.write_end.reset();
    input = {};
    Lines lines(job);
    JobResult result;
    result.timed_out = !follow(job, child, output.read_end, lines);
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
