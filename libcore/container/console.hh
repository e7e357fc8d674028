// A terminal of the container's own (pty(7)): the caller's is never handed in, so nothing inside
// can type into it or take it over. The child opens a pair in its own devpts and sends the master
// out; the parent relays.
#pragma once

#include <termios.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs::container {

struct PseudoTerminal {
    Fd master;
    Fd slave;
};

/// Container side: a new pair of the devpts that `devpts` is the root of.
PseudoTerminal open_pseudo_terminal(const Fd& devpts);
/// Container side: a new session whose terminal is `slave`, which becomes stdin, stdout and stderr.
void become_session_leader(const Fd& slave);

/// Host side: the signal that the line discipline of the terminal with this master makes of a typed
/// byte now (^C, ^\), if any.
std::optional<int> signal_of(int master, char byte);

/// Sends a descriptor over a unix socket; `what` is one byte that tells the receiver which it is.
void send_descriptor(int socket, char what, int fd);
/// Receives one; an empty Fd at the end of the stream.
Fd receive_descriptor(int socket, char& what);

/// Host side: the terminal that stdin is in raw mode while this lives; nothing where it is none.
class RawTerminal {
 public:
    RawTerminal();
    RawTerminal(RawTerminal&& other) noexcept : saved_(std::exchange(other.saved_, std::nullopt)) {}
    RawTerminal& operator=(RawTerminal&&) = delete;
    ~RawTerminal();
    explicit operator bool() const { return saved_.has_value(); }

 private:
    std::optional<termios> saved_;
};

/// Host side: the caller's terminal in raw mode while this lives, and the copying in both
/// directions. A default constructed Console has no terminal and does nothing.
class Console {
 public:
    Console() = default;
    /// Takes the caller's window size over. stdin must be a terminal for raw mode; else, and
    /// without `reads_input`, it is left alone.
    explicit Console(Fd master, bool reads_input = true);
    Console(Console&&) = default;
    Console& operator=(Console&&) = delete;

    explicit operator bool() const { return static_cast<bool>(master_); }
    int master() const { return master_.get(); }
    /// Gives the master up to the caller.
    Fd take_master() { return std::move(master_); }
    /// Whether the caller's stdin is still to be read.
    bool wants_input() const { return input_open_; }

    /// `listener`, if there is one, gets what pump_input() hands in.
    void on_input(std::function<void(std::string_view)> listener) {
        on_input_ = std::move(listener);
    }
    /// The caller's window changed (SIGWINCH).
    void copy_window_size() const;
    /// stdin is readable: hands its bytes in. Returns them for whoever wants to look for ^C.
    std::string pump_input();
    /// The master is readable: hands its bytes out. False once the container has closed its side.
    bool pump_output() const;

 private:
    Fd master_;
    std::optional<RawTerminal> raw_;
    bool input_open_ = false;
    std::function<void(std::string_view)> on_input_;
};

}  // namespace mincs::container
