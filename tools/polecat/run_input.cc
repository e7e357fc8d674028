// See run_input.hh. The copying threads start after the run's process was cloned and end before the
// next one is.
#include "tools/polecat/run_input.hh"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

using std::chrono::milliseconds;

Fd open_null(int flags) {
    return Fd(check(open("/dev/null", flags | O_CLOEXEC), "opening '/dev/null'"));
}

Fd make_event() {
    return Fd(check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "making an eventfd"));
}

void end_thread(std::thread& thread, const Fd& stop) {
    if (!thread.joinable()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = write(stop.get(), &one, sizeof one);
    thread.join();
}

RecordedInput::Kind kind_of_stdin() {
    struct stat info;
    if (fstat(STDIN_FILENO, &info) == -1) return RecordedInput::Kind::kNone;
    if (S_ISREG(info.st_mode)) return RecordedInput::Kind::kFile;
    if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) return RecordedInput::Kind::kStream;
    if (isatty(STDIN_FILENO)) return RecordedInput::Kind::kTerminal;
    return RecordedInput::Kind::kNone;
}

/// In this thread: a run that does not read its input is no reason to die.
void ignore_broken_pipes() {
    sigset_t broken;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken, nullptr);
}

/// Waits for space and writes; false once there is no reader any more, or `stop` says so.
bool write_some(int out, const char* data, std::size_t size, int stop, std::size_t& written) {
    pollfd polls[] = {{out, POLLOUT, 0}, {stop, POLLIN, 0}};
    if (poll(polls, 2, -1) == -1) return errno == EINTR;
    if (polls[1].revents || (polls[0].revents & POLLERR)) return false;
    const ssize_t put = write(out, data, size);
    if (put > 0) written += static_cast<std::size_t>(put);
    return put > 0 || errno == EAGAIN || errno == EINTR;
}

}  // namespace

const char* RecordedInput::name_of(Kind kind) {
    switch (kind) {
        case Kind::kNone:
            return "none";
        case Kind::kFile:
            return "file";
        case Kind::kStream:
            return "stream";
        case Kind::kTerminal:
            return "terminal";
    }
    return "none";
}

InputRecorder::InputRecorder(bool terminal, bool empty) {
    input_.kind = terminal ? RecordedInput::Kind::kTerminal
                  : empty  ? RecordedInput::Kind::kNone
                           : kind_of_stdin();
    if (input_.kind == RecordedInput::Kind::kTerminal) {
        input_.too_much = !terminal;  // read by the run itself: nobody sees the keys
    } else if (empty) {
        read_end_ = open_null(O_RDONLY);
    } else if (input_.kind == RecordedInput::Kind::kFile) {
        input_.offset = lseek(STDIN_FILENO, 0, SEEK_CUR);
    } else if (input_.kind == RecordedInput::Kind::kStream) {
        Pipe pipe = Pipe::make();
        read_end_ = std::move(pipe.read_end);
        write_end_ = std::move(pipe.write_end);
        check(fcntl(write_end_.get(), F_SETFL, O_NONBLOCK), "preparing a pipe");
        stop_ = make_event();
    }
}

InputRecorder::~InputRecorder() {
    end_thread(thread_, stop_);
}

container::StandardStreams InputRecorder::streams() const {
    container::StandardStreams streams;
    if (read_end_) streams.in = read_end_.get();
    return streams;
}

void InputRecorder::typed(std::string_view bytes) {
    const auto at =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began_);
    if (input_.keys.size() < 100'000 && bytes.size() < 65536)
        input_.keys.push_back({at, std::string(bytes)});
    else
        input_.too_much = true;
}

void InputRecorder::start() {
    began_ = std::chrono::steady_clock::now();
    if (input_.kind != RecordedInput::Kind::kStream) return;
    read_end_.reset();  // the run has its own; so the end of all its readers is seen
    thread_ = std::thread([this] { copy(); });
}

void InputRecorder::copy() {
    ignore_broken_pipes();
    char buffer[65536];
    while (true) {
        pollfd polls[] = {
            {STDIN_FILENO, POLLIN, 0}, {stop_.get(), POLLIN, 0}, {write_end_.get(), 0, 0}};
        if (poll(polls, 3, -1) == -1 && errno != EINTR) return;
        if (polls[1].revents || (polls[2].revents & POLLERR)) return;
        if (!polls[0].revents) continue;
        const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
        if (got == -1 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) {
            input_.at_end = true;
            write_end_.reset();
            return;
        }
        const auto size = static_cast<std::size_t>(got);
        if (input_.bytes.size() + size <= kMaxRecordedInput)
            input_.bytes.append(buffer, size);
        else
            input_.too_much = true;
        for (std::size_t done = 0; done < size;)
            if (!write_some(write_end_.get(), buffer + done, size - done, stop_.get(), done))
                return;
    }
}

RecordedInput InputRecorder::finish() {
    end_thread(thread_, stop_);
    if (input_.kind == RecordedInput::Kind::kStream && input_.at_end && input_.bytes.empty())
        input_.kind = RecordedInput::Kind::kNone;
    return std::move(input_);
}

InputReplay::InputReplay(const RecordedInput& input) : input_(input), stop_(make_event()) {
    if (input.kind == RecordedInput::Kind::kTerminal) {
        int master = -1, slave = -1;
        winsize size = {24, 80, 0, 0};
        ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
        check(openpty(&master, &slave, nullptr, nullptr, &size), "opening a pseudo-terminal");
        master_ = Fd(master);
        const Fd ours(slave);
        check(fcntl(master, F_SETFD, FD_CLOEXEC), "preparing a terminal");
        saved_in_ = Fd(check(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), "keeping stdin"));
        saved_out_ = Fd(check(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "keeping stdout"));
        check(dup2(slave, STDIN_FILENO), "connecting a terminal");
        check(dup2(slave, STDOUT_FILENO), "connecting a terminal");
        return;
    }
    Pipe out = Pipe::make();
    out_read_ = std::move(out.read_end);
    out_write_ = std::move(out.write_end);
    if (input.kind == RecordedInput::Kind::kNone) in_read_ = open_null(O_RDONLY);
    if (input.kind == RecordedInput::Kind::kFile)
        check(lseek(STDIN_FILENO, input.offset, SEEK_SET), "rewinding stdin");
    if (input.kind == RecordedInput::Kind::kStream) {
        Pipe in = Pipe::make();
        in_read_ = std::move(in.read_end);
        in_write_ = std::move(in.write_end);
        check(fcntl(in_write_.get(), F_SETFL, O_NONBLOCK), "preparing a pipe");
    }
}

InputReplay::~InputReplay() {
    end_thread(thread_, stop_);
    if (saved_in_) dup2(saved_in_.get(), STDIN_FILENO);
    if (saved_out_) dup2(saved_out_.get(), STDOUT_FILENO);
}

container::StandardStreams InputReplay::streams() const {
    if (master_) return {};
    return {in_read_ ? in_read_.get() : STDIN_FILENO, out_write_.get(), out_write_.get()};
}

void InputReplay::start() {
    began_ = std::chrono::steady_clock::now();
    in_read_.reset();
    out_write_.reset();
    thread_ = std::thread([this] { serve(); });
}

milliseconds InputReplay::since_start() const {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began_);
}

/// Gives what is due, drops what comes, until told to stop.
void InputReplay::serve() {
    ignore_broken_pipes();
    char buffer[65536];
    while (true) {
        const bool has_bytes = in_write_ && given_ < input_.bytes.size();
        if (in_write_ && !has_bytes && input_.at_end) in_write_.reset();
        const bool has_keys = master_ && given_ < input_.keys.size();
        const int wait = has_keys
                             ? static_cast<int>(std::clamp<std::int64_t>(
                                   (input_.keys[given_].at - since_start()).count(), 0, 60'000))
                             : -1;
        const int output = master_ ? master_.get() : out_read_.get();
        pollfd polls[] = {{output, POLLIN, 0},
                          {stop_.get(), POLLIN, 0},
                          {has_bytes ? in_write_.get() : -1, POLLOUT, 0}};
        if (poll(polls, 3, wait) == -1 && errno != EINTR) return;
        if (polls[1].revents) return;
        if (polls[0].revents && read(output, buffer, sizeof buffer) <= 0 && !master_)
            out_read_.reset();
        if (polls[2].revents) {
            const ssize_t put = write(in_write_.get(), input_.bytes.data() + given_,
                                      std::min(input_.bytes.size() - given_, sizeof buffer));
            if (put > 0) given_ += static_cast<std::size_t>(put);
            if (put == -1 && errno != EAGAIN && errno != EINTR) in_write_.reset();
        }
        if (has_keys && input_.keys[given_].at <= since_start()) {
            const std::string& bytes = input_.keys[given_++].bytes;
            [[maybe_unused]] const ssize_t put = write(master_.get(), bytes.data(), bytes.size());
        }
    }
}

}  // namespace mincs::polecat
