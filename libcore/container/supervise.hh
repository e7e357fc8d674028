// Watching a running container from outside: forwards the caller's signals, relays the terminal,
// and reports how the command ended. Host side.
#pragma once

#include <signal.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

#include "libcore/base/process.hh"
#include "libcore/container/console.hh"

namespace mincs::container {

/// Whether a caller may send this signal to the command through us: all that end a process that
/// does not handle them, but KILL, which nobody catches, and PIPE, which our own writes may raise;
/// and WINCH.
bool is_forwarded(int signal);

/// They, blocked and readable from a signalfd(2) while this lives. Made before the clone, so that
/// none is lost in between.
class ForwardedSignals {
 public:
    ForwardedSignals();
    ForwardedSignals(ForwardedSignals&& other) noexcept;
    ForwardedSignals& operator=(ForwardedSignals&&) = delete;
    ~ForwardedSignals();

    int fd() const { return fd_.get(); }
    /// Container side: gives the command the mask the caller had.
    void restore_in_child() const;

 private:
    Fd fd_;
    sigset_t original_;
    bool active_ = true;
};

/// Whether the child is its container's pid 1.
enum class ChildIs { kFirstProcess, kJoined };

/// A command for somebody who watches it himself, with its terminal's master, if it has one.
/// CommandSignals::finish() reaps it.
struct WatchedCommand {
    Child& child;
    ChildIs kind;
    Fd terminal;
};

/// Hands signals to the command. The kernel shields a container's pid 1 from every signal it has no
/// handler for (pid_namespaces(7)); so that ^C and kill do what they do to any command, one that
/// would have ended it ends the container here.
class CommandSignals {
 public:
    CommandSignals(Child& child, ChildIs kind) : child_(child), kind_(kind) {}

    /// The signal that arrived on the descriptor of `signals`, if one did.
    static std::optional<int> take(const ForwardedSignals& signals);
    void deliver(int signal);
    /// Bytes that were typed into the terminal with this master: its own signal for ^C does not end
    /// a pid 1 in the foreground.
    void typed(std::string_view bytes, int master);
    /// Reaps the child, which has ended: its exit code, 128+N where signal N ended it.
    int finish();

 private:
    Child& child_;
    ChildIs kind_;
    std::optional<int> ended_by_;
};

inline constexpr std::chrono::milliseconds kShortCommand{20};

/// Blocks until the child ends; its exit code, as CommandSignals::finish(). `once_it_stays` is
/// called after kShortCommand, if it has not ended before. When `lifeline`, a descriptor, becomes
/// readable, the child is killed.
int supervise(Child& child, Console& console, const ForwardedSignals& signals,
              ChildIs kind = ChildIs::kFirstProcess, std::function<void()> once_it_stays = {},
              int lifeline = -1);

}  // namespace mincs::container
