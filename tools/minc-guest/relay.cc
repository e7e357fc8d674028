// See relay.hh.
#include "tools/minc-guest/relay.hh"

#include <poll.h>

#include <map>

#include "libcore/container/boot.hh"
#include "libcore/container/join.hh"
#include "libcore/container/seccomp_compiler.hh"
#include "tools/minc-guest/failure.hh"
#include "tools/minc-guest/session.hh"

namespace mincs::guest {
namespace {

using container::JoinedCommand;
using container::RunningContainer;
using vm::Kind;

/// One more command in the container.
struct Joined {
    JoinedCommand command;
    Session session;

    Joined(JoinedCommand started, vm::Sender sender, Streams streams)
        : command(std::move(started)), session(sender, command.watch(), std::move(streams)) {}
};

class Relay {
 public:
    Relay(vm::Channel& channel, RunningContainer& running, Streams streams)
        : channel_(channel), running_(running), first_(first_session(std::move(streams))) {}

    int run() {
        take_frames();  // what came together with the plan
        while (!first_.status()) {
            std::vector<pollfd> polls = {{channel_.readable_fd(), POLLIN, 0},
                                         {channel_.writable_fd(), POLLOUT, 0},
                                         {running_.signals().fd(), POLLIN, 0}};
            first_.add_polls(polls);
            for (const auto& [number, joined] : joined_) joined->session.add_polls(polls);
            if (poll(polls.data(), polls.size(), -1) == -1 && errno != EINTR)
                throw SysError(errno, "waiting for the command");
            pump_sessions(std::span(polls).subspan(3));
            if (polls[1].revents) channel_.pump_out();
            if (polls[2].revents)
                container::CommandSignals::take(running_.signals());  // the kernel's own
            if (polls[0].revents) pump_channel();
        }
        return *first_.status();
    }

 private:
    Session first_session(Streams streams) {
        container::WatchedCommand command = running_.watch();
        pidfd_ = Fd(fcntl(command.child.pidfd(), F_DUPFD_CLOEXEC, 3));
        return Session(vm::Sender(channel_), std::move(command), std::move(streams));
    }

    void pump_sessions(std::span<const pollfd> polls) {
        first_.pump(polls.first(Session::kPolls));
        for (auto each = joined_.begin(); each != joined_.end();) {
            polls = polls.subspan(Session::kPolls);
            each->second->session.pump(polls.first(Session::kPolls));
            const std::optional<int> status = each->second->session.status();
            if (status)
                channel_.send(
                    {Kind::kStatus, std::string(1, static_cast<char>(*status)), each->first});
            each = status ? joined_.erase(each) : std::next(each);
        }
    }

    void pump_channel() {
        if (!channel_.pump_in()) throw Error("the host has hung up");
        take_frames();
    }

    void take_frames() {
        while (const auto frame = channel_.next()) take(*frame);
    }

    void take(const vm::Frame& frame) {
        if (frame.session == 0) return first_.take(frame);
        const auto found = joined_.find(frame.session);
        if (found != joined_.end()) return found->second->session.take(frame);
        if (frame.kind == Kind::kWindow) windows_[frame.session] = parse_window(frame.payload);
        if (frame.kind == Kind::kPlan) join(frame);
        // All else is for a command that has ended.
    }

    void join(const vm::Frame& plan) {
        set_console_window(windows_[plan.session]);
        auto failure = failure_of([&] {
            container::JoinRequest request;
            request.spec = container::from_oci_json(plan.payload, "the command's plan");
            request.filter = container::compile_filter_of(request.spec);
            request.pidfd = pidfd_.duplicate();
            request.init = running_.pid();
            request.signals = &running_.signals();
            Streams streams;
            request.streams = streams.inner();
            JoinedCommand command = JoinedCommand::start(request);
            streams.close_inner();
            const vm::Sender sender(channel_, plan.session);
            joined_[plan.session] =
                std::make_unique<Joined>(std::move(command), sender, std::move(streams));
        });
        if (!failure) return;
        failure->session = plan.session;
        channel_.send(*failure);
    }

    vm::Channel& channel_;
    RunningContainer& running_;
    Fd pidfd_;  ///< of the container's pid 1
    Session first_;
    std::map<vm::Session, std::unique_ptr<Joined>> joined_;
    Window windows_[vm::kMostSessions + 1];
};

}  // namespace

int run_and_relay(vm::Channel& channel, const Plan& plan) {
    set_console_window(plan.window);
    const std::vector<sock_filter> filter = container::compile_filter_of(plan.spec);
    Streams streams;
    container::StartOptions options;
    options.filter = filter;
    if (!plan.spec.process.terminal) options.streams = streams.inner();
    RunningContainer running = RunningContainer::start(plan.spec, options);
    streams.close_inner();
    return Relay(channel, running, std::move(streams)).run();
}

}  // namespace mincs::guest
