// See running.hh.
#include "tools/marten/running.hh"

#include <sys/file.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "libcore/base/files.hh"
#include "libcore/container/supervise.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<int> real_time_signal(std::string_view name) {
    constexpr std::string_view kFirst = "RTMIN", kLast = "RTMAX";
    if (name == kFirst) return SIGRTMIN;
    if (name == kLast) return SIGRTMAX;
    const auto offset = number_in(name.substr(std::min(name.size(), kFirst.size() + 1)));
    if (!offset || *offset < 0 || *offset > SIGRTMAX - SIGRTMIN) return std::nullopt;
    if (name.starts_with("RTMIN+")) return SIGRTMIN + *offset;
    if (name.starts_with("RTMAX-")) return SIGRTMAX - *offset;
    return std::nullopt;
}

}  // namespace

RunEnd::RunEnd(const db::Store& store, const db::Container& container) {
    const std::string path = db::ContainerDirectory(store.layout().container(container.id)).lock();
    lock_file_ = Fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", path));
}

void RunEnd::wait(const StopSignals& stop) const {
    // Shared: any number may wait. A signal ends the wait (StopSignals).
    while (flock(lock_file_.get(), LOCK_SH) == -1) {
        if (errno != EINTR) throw SysError(errno, "waiting for a container");
        stop.check();
    }
    flock(lock_file_.get(), LOCK_UN);
}

bool RunEnd::wait_for(milliseconds time, const StopSignals& stop) const {
    constexpr useconds_t kPauseMicroseconds = 2000;
    const auto deadline = Clock::now() + time;
    while (flock(lock_file_.get(), LOCK_SH | LOCK_NB) == -1) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            throw SysError(errno, "waiting for a container");
        stop.check();
        if (Clock::now() >= deadline) return false;
        usleep(kPauseMicroseconds);
    }
    flock(lock_file_.get(), LOCK_UN);
    return true;
}

std::optional<db::RunRecord> RunEnd::record() const {
    check(lseek(lock_file_.get(), 0, SEEK_SET), "reading a container's record");
    return db::parse_run_record(read_all(lock_file_.get(), kSmallFile, "a container's record"));
}

void RunningContainer::send(int signal) const {
    // A size is no signal of anybody's: who looks at a terminal tells that.
    const bool is_forwarded = signal != SIGWINCH && container::is_forwarded(signal);
    mincs::send_signal(is_forwarded ? supervisor : init, signal);
}

std::optional<RunningContainer> find_running(db::Store& store, const db::Container& container) {
    constexpr int kTries = 500;
    constexpr useconds_t kPauseMicroseconds = 4000;
    for (int tries = 0; tries < kTries; ++tries) {
        const auto now = db::find_container(store, container.id);
        if (!now || !now->running) return std::nullopt;
        RunEnd end(store, *now);
        const db::RunRecord record = now->last_run.value_or(db::RunRecord());
        const auto open = [](const db::RecordedProcess& process) {
            return open_process(static_cast<pid_t>(process.pid), process.start_time);
        };
        Fd init = open(record.init), supervisor = open(record.supervisor);
        if (init && supervisor && !record.exit_status)
            return RunningContainer{*now, std::move(init), std::move(supervisor), std::move(end)};
        // It starts just now, or has just ended.
        usleep(kPauseMicroseconds);
    }
    throw Error("the container '{}' is being made or removed, and runs nothing yet",
                label_of(container));
}

RunningContainer get_running(db::Store& store, std::string_view typed) {
    const db::Container container = db::get_container(store, typed);
    if (auto running = find_running(store, container)) return std::move(*running);
    throw Error("the container '{}' is not running", label_of(container))
        .with_hint(fmt::format("'marten start {}' runs it again", label_of(container)));
}

VisibleProcess visible_process(const RunningContainer& running,
                               const container::ContainerSpec& spec) {
    const auto& record = running.container.last_run;
    auto pid = static_cast<pid_t>(record ? record->init.pid : 0);
    Fd pidfd = running.init.duplicate();
    if (geteuid() != 0 && spec.init) {
        const auto children = read_file_if_exists(fmt::format("/proc/{0}/task/{0}/children", pid));
        pid = static_cast<pid_t>(std::atoi(children.value_or("").c_str()));
        const auto since = process_start_time(pid);
        pidfd = since ? open_process(pid, *since) : Fd();
    }
    // A number is pid 1's, or of one that it started, as long as that lives.
    if (!pidfd || !mincs::send_signal(running.init, 0))
        throw Error("the container '{}' has ended meanwhile", label_of(running.container));
    return {pid, std::move(pidfd)};
}

int parse_signal(std::string_view text) {
    std::string name(text);
    for (char& letter : name) letter = static_cast<char>(std::toupper(letter));
    if (name.starts_with("SIG")) name.erase(0, 3);
    if (const auto signal = real_time_signal(name)) return *signal;
    const auto number = number_in(name);
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        const char* known = sigabbrev_np(signal);
        if (number == signal || (known && name == known)) return signal;
    }
    throw UsageError("'{}' is no signal", printable(text)).with_hint("such as TERM, HUP or 9");
}

std::string state_of(const db::Container& container) {
    if (container.running) return is_paused(container) ? "paused" : "running";
    if (!container.last_run) return "created";
    if (!container.last_run->exit_status) return "exited";
    return fmt::format("exited {}", *container.last_run->exit_status);
}

std::vector<db::Container> get_containers(db::Store& store, const std::vector<std::string>& typed) {
    std::vector<db::Container> containers;
    for (const std::string& name : typed) containers.push_back(db::get_container(store, name));
    return containers;
}

}  // namespace mincs::marten
