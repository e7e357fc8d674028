// The host's side of one command in the guest: this process's stdin, stdout, stderr, signals and
// terminal are the command's.
#pragma once

#include <poll.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libvm/streams.hh"

namespace mincs::machine {

class Session {
 public:
    /// `terminal`: our streams are one. The channel's frames of this session are those of its
    /// session 0.
    Session(vm::Channel& channel, bool terminal) : sender_(channel), terminal_(terminal) {}

    /// The guest is there, and gets the plan (a ContainerSpec as JSON).
    void begin(std::string_view plan);
    /// One of our signals arrived.
    void deliver(int signal) const;

    static constexpr std::size_t kPolls = 3;
    void add_polls(std::vector<pollfd>& polls) const;
    /// `polls`: what add_polls() added, after poll(2).
    void pump(std::span<const pollfd> polls);
    /// Throws Error on one that a guest does not send.
    void take(const vm::Frame& frame);

    /// The command's exit status, when it has ended.
    std::optional<int> status() const { return status_; }
    /// Why there was no command; empty: there was one.
    const std::string& failure() const { return failure_; }
    /// What came before the status, however long that takes.
    void write_out();

 private:
    void send_window() const;
    vm::StreamSink& sink_of(char kind);

    vm::Sender sender_;
    bool terminal_;
    vm::StreamSource input_;
    vm::StreamSink sinks_[2];
    std::optional<int> status_;
    std::string failure_;
};

}  // namespace mincs::machine
