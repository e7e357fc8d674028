// See detached.hh.
#include "libcore/container/detached.hh"

#include <poll.h>

#include <ctime>

#include "libcore/container/attach.hh"

namespace mincs::container {
namespace {

timespec now() {
    timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

/// One of the command's outputs on its way into the log.
struct Output {
    Fd fd;
    LogStream stream;

    /// Reads once. Nothing once the other side is closed (a terminal's: EIO, pty(7)).
    std::string pump() {
        char buffer[kAttachMessage];
        const ssize_t got = read(fd.get(), buffer, sizeof buffer);
        if (got == -1 && (errno == EAGAIN || errno == EINTR)) return "";
        if (got > 0) {
            std::string bytes(buffer, static_cast<std::size_t>(got));
            stream.take(bytes, now());
            return bytes;
        }
        fd.reset();
        stream.finish(now());
        return "";
    }
};

class DetachedSupervisor {
 public:
    DetachedSupervisor(Child& child, DetachedStreams streams, const ForwardedSignals& signals)
        : child_(child),
          signals_(signals),
          command_(child, ChildIs::kFirstProcess),
          log_(std::move(streams.log)),
          outputs_{Output{std::move(streams.out), LogStream(log_, "stdout")},
                   Output{std::move(streams.err), LogStream(log_, "stderr")},
                   Output{std::move(streams.terminal), LogStream(log_, "stdout")}},
          listener_(std::move(streams.listener)) {
        for (const Output& output : outputs_)
            if (output.fd) check(fcntl(output.fd.get(), F_SETFL, O_NONBLOCK), "preparing a stream");
    }

    int run() {
        while (true) {
            std::vector<pollfd> polls = wait_list();
            if (poll(polls.data(), polls.size(), -1) == -1) {
                if (errno == EINTR) continue;
                throw SysError(errno, "waiting for the container");
            }
            if (polls[1].revents) {
                const std::optional<int> signal = CommandSignals::take(signals_);
                if (signal) command_.deliver(*signal);
            }
            for (std::size_t i = 0; i < kOutputs; ++i)
                if (polls[2 + i].revents & ~POLLOUT) pump(i);
            if (polls[kListener].revents) clients_.accept(listener_);
            for (std::size_t i = kListener + 1; i < polls.size(); ++i)
                if (polls[i].revents) clients_.receive(polls[i].fd, master());
            type();
            if (polls[0].revents) return finish();
        }
    }

 private:
    static constexpr std::size_t kOutputs = 3, kTerminal = 2, kListener = 2 + kOutputs;

    int master() const { return outputs_[kTerminal].fd.get(); }

    /// The child, signals, outputs, the listener, then clients.
    std::vector<pollfd> wait_list() {
        std::vector<pollfd> polls = {{child_.pidfd(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
        for (const Output& output : outputs_) polls.push_back({output.fd.get(), POLLIN, 0});
        polls.push_back({listener_.get(), POLLIN, 0});
        const bool has_typed = !clients_.typed().empty();
        if (has_typed) polls[2 + kTerminal].events |= POLLOUT;
        for (const int client : clients_.descriptors())
            if (!has_typed) polls.push_back({client, POLLIN, 0});
        return polls;
    }

    void pump(std::size_t index) {
        const std::string bytes = outputs_[index].pump();
        if (index == kTerminal && !bytes.empty()) clients_.show(bytes);
    }

    /// Hands what was typed to the terminal, as far as it takes it.
    void type() {
        std::string& typed = clients_.typed();
        if (typed.empty()) return;
        const ssize_t put = write(master(), typed.data(), typed.size());
        if (put == -1 && errno != EAGAIN && errno != EINTR) typed.clear();
        if (put <= 0) return;
        command_.typed(std::string_view(typed).substr(0, static_cast<std::size_t>(put)), master());
        typed.erase(0, static_cast<std::size_t>(put));
    }

    /// With pid 1 all of the container has ended, so there is an end to what it printed; but for
    /// somebody outside who was handed a stream: him nobody waits for.
    int finish() {
        for (std::size_t i = 0; i < kOutputs; ++i) {
            pollfd left = {outputs_[i].fd.get(), POLLIN, 0};
            // More than a pipe or a terminal holds; an outsider could go on for ever.
            for (int reads = 0; reads < 100 && outputs_[i].fd && poll(&left, 1, 0) > 0; ++reads)
                pump(i);
            outputs_[i].stream.finish(now());
        }
        return command_.finish();
    }

    Child& child_;
    const ForwardedSignals& signals_;
    CommandSignals command_;
    LogFile log_;
    Output outputs_[kOutputs];
    Fd listener_;
    AttachedClients clients_;
};

}  // namespace

int supervise_detached(Child& child, DetachedStreams streams, const ForwardedSignals& signals) {
    return DetachedSupervisor(child, std::move(streams), signals).run();
}

}  // namespace mincs::container
