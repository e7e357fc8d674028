// One command in the guest, with its streams: what it prints goes out as frames of its session, and
// the frames that come for that go to the command.
#pragma once

#include <poll.h>

#include <optional>
#include <span>
#include <vector>

#include "libcore/container/child.hh"
#include "libcore/container/supervise.hh"
#include "libvm/streams.hh"
#include "tools/minc-guest/plan.hh"

namespace mincs::guest {

/// The command's ends of its streams, and ours; none of them count where it has a terminal.
struct Streams {
    Pipe in = Pipe::make(), out = Pipe::make(), err = Pipe::make();

    container::StandardStreams inner() const {
        return {in.read_end.get(), out.write_end.get(), err.write_end.get()};
    }
    /// Once the command has them.
    void close_inner();
};

/// The size that a new terminal takes over is that of our own stdin, the console.
void set_console_window(const Window& window);

class Session {
 public:
    /// The command's process must live as long as this.
    Session(vm::Sender sender, container::WatchedCommand command, Streams streams);

    static constexpr std::size_t kPolls = 4;
    void add_polls(std::vector<pollfd>& polls) const;
    /// `polls`: what add_polls() added, after poll(2).
    void pump(std::span<const pollfd> polls);
    /// Throws Error on one that a running command is not sent.
    void take(const vm::Frame& frame);
    /// Nobody wants it any more.
    void kill();
    /// The exit status, as RunningContainer::wait(), when all that the command has printed has been
    /// sent. What others who have its streams go on to print has no reader.
    std::optional<int> status() const;

 private:
    vm::StreamSource& source_of(std::string_view payload);
    void set_window(const Window& window);

    vm::Sender sender_;
    Child& child_;
    container::CommandSignals command_;
    Fd terminal_;
    vm::StreamSink input_;
    vm::StreamSource sources_[2];
    std::optional<int> status_;
};

}  // namespace mincs::guest
