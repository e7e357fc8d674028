// See stop.hh. A signal handler can reach nothing but variables of the process (signal-safety(7)),
// so these two are such.
#include "tools/marten/stop.hh"

#include <csignal>
#include <cstring>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> arrived_signal = 0;
std::atomic<bool> stop_wanted = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_signal(int number) {
    arrived_signal = number;
    stop_wanted = true;
}

}  // namespace

StopSignals::StopSignals() {
    arrived_signal = 0;
    stop_wanted = false;
    struct sigaction action = {};
    action.sa_handler = on_signal;
    // No SA_RESTART: a wait for a lock is to end.
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int number : kSignals) {
        struct sigaction before = {};
        sigaction(number, nullptr, &before);
        // Whoever started us with the signal ignored (nohup) has decided.
        if (before.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
    }
}

StopSignals::~StopSignals() {
    for (const int number : kSignals) {
        struct sigaction now = {};
        sigaction(number, nullptr, &now);
        if (now.sa_handler == on_signal) std::signal(number, SIG_DFL);
    }
}

int StopSignals::signal() const {
    return arrived_signal;
}

std::string StopSignals::name() const {
    const char* name = sigabbrev_np(signal());
    return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal());
}

const std::atomic<bool>& StopSignals::flag() const {
    return stop_wanted;
}

void StopSignals::request() const {
    stop_wanted = true;
}

void StopSignals::check() const {
    if (signal() != 0) throw Error("stopped by {}", name());
    if (stop_wanted) throw Error("stopped, as another part of the work failed");
}

}  // namespace mincs::marten
