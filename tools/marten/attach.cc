// marten attach: the terminal of a background container on ours, until it ends or one leaves by
// ctrl-p ctrl-q.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "libcore/container/attach.hh"
#include "libcore/container/console.hh"
#include "libcore/container/supervise.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/detach_keys.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// Why the talk with the supervisor came to its end.
struct Outcome {
    bool is_detached = false;
    int signal = 0;  ///< that ended us
};

class Attachment {
 public:
    explicit Attachment(const Fd& supervisor) : supervisor_(supervisor) { send_window_size(); }

    Outcome run() {
        while (true) {
            pollfd polls[] = {{supervisor_.get(), POLLIN, 0},
                              {signals_.fd(), POLLIN, 0},
                              {input_open_ ? STDIN_FILENO : -1, POLLIN, 0}};
            if (poll(polls, 3, -1) == -1 && errno != EINTR)
                throw SysError(errno, "waiting for the container");
            if (polls[0].revents && !show_output()) return {};
            if (polls[2].revents && !send_input()) return {true, 0};
            if (!polls[1].revents) continue;
            const int signal = container::CommandSignals::take(signals_).value_or(SIGWINCH);
            if (signal != SIGWINCH) return {true, signal};
            send_window_size();
        }
    }

 private:
    void send_message(char kind, std::string_view body) const {
        const std::string message = kind + std::string(body);
        // An end of the supervisor shows as the end of what it sends.
        send(supervisor_.get(), message.data(), message.size(), MSG_NOSIGNAL);
    }

    void send_window_size() const {
        winsize size;
        if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == -1) return;
        send_message(container::kWindowMessage,
                     std::string_view(reinterpret_cast<const char*>(&size), sizeof size));
    }

    bool show_output() const {
        char buffer[container::kAttachMessage];
        const ssize_t got = recv(supervisor_.get(), buffer, sizeof buffer, 0);
        if (got == -1 && errno == EINTR) return true;
        if (got <= 0) return false;
        write_all(STDOUT_FILENO, std::string_view(buffer, static_cast<std::size_t>(got)),
                  "the terminal");
        return true;
    }

    /// False once the keys to leave were typed.
    bool send_input() {
        char buffer[container::kAttachMessage / 4];
        const ssize_t got = read(STDIN_FILENO, buffer, sizeof buffer);
        if (got == -1 && errno == EINTR) return true;
        if (got <= 0) input_open_ = false;
        if (got <= 0) return true;
        const std::string typed =
            keys_.filter(std::string_view(buffer, static_cast<std::size_t>(got)));
        if (!typed.empty()) send_message(container::kTypedMessage, typed);
        return !keys_.is_complete();
    }

    const Fd& supervisor_;
    container::ForwardedSignals signals_;
    container::RawTerminal raw_;
    DetachKeys keys_;
    bool input_open_ = true;
};

Fd connect(const db::Store& store, const db::Container& container) {
    if (!run::read_spec(store.layout(), container).process.terminal)
        throw Error("the container '{}' has no terminal", label_of(container))
            .with_hint("'minc -B --tty' gives it one; 'marten logs -f' shows what it prints");
    const db::ContainerDirectory directory(store.layout().container(container.id));
    if (!std::filesystem::exists(directory.attach()))
        throw Error("the container '{}' is not in the background", label_of(container));
    return container::connect_to_supervisor(directory.attach());
}

}  // namespace

int execute(const AttachOptions& options, const StopSignals& stop) {
    db::Store store = open_for_asking();
    const RunningContainer running = get_running(store, options.container);
    refuse_paused(running.container);
    const Fd supervisor = connect(store, running.container);
    const Outcome outcome = Attachment(supervisor).run();
    if (outcome.signal) return 128 + outcome.signal;
    if (outcome.is_detached) return 0;
    constexpr std::chrono::milliseconds kToRecord{5000};
    if (!running.end.wait_for(kToRecord, stop))
        throw Error("the supervisor of '{}' has let us go: too much was not read",
                    label_of(running.container))
            .with_hint("the container goes on");
    const auto record = running.end.record();
    if (!record || !record->exit_status)
        throw Error("the supervisor of '{}' was killed", label_of(running.container));
    return *record->exit_status;
}

}  // namespace mincs::marten
