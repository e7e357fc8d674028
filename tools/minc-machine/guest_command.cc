// See guest_command.hh.
#include "tools/minc-machine/guest_command.hh"

#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/attach.hh"
#include "libcore/container/supervise.hh"
#include "libcore/container/users.hh"
#include "libvm/frame.hh"
#include "tools/minc-machine/session.hh"

namespace mincs::machine {
namespace {

/// The container's plan with this process in it.
std::string plan_of(const vm::GuestCommand& command) {
    const vm::Machine machine =
        vm::parse_machine(read_file(vm::kPlanAt, 2 * vm::kLongestPlan), "the machine's plan");
    container::ContainerSpec spec = container::from_oci_json(machine.guest, "the machine's plan");
    container::Process& process = spec.process;
    process.args = command.args;
    process.terminal = command.terminal;
    if (!command.directory.empty()) process.cwd = command.directory;
    process.env.clear();
    for (char** each = environ; *each; ++each) process.env.push_back(*each);
    container::set_user(process, command.user, command.sets_home, fs::RootDir::open(vm::kRootAt));
    std::string plan = container::to_oci_json(spec);
    if (plan.size() > vm::kLongestPlan)
        throw UsageError("the command and its environment are too long for a machine");
    return plan;
}

/// Goes on until there is a status; 128 + SIGKILL where the line ends before.
int relay(Session& session, vm::Channel& channel, const container::ForwardedSignals& signals,
          const std::string& plan) {
    bool has_begun = false;
    while (!session.status()) {
        std::vector<pollfd> polls = {{channel.readable_fd(), POLLIN, 0},
                                     {channel.writable_fd(), POLLOUT, 0},
                                     {signals.fd(), POLLIN, 0}};
        session.add_polls(polls);
        if (poll(polls.data(), polls.size(), -1) == -1 && errno != EINTR)
            throw SysError(errno, "waiting for the command");
        if (polls[2].revents) {
            const std::optional<int> signal = container::CommandSignals::take(signals);
            if (signal && !has_begun) return 128 + *signal;  // there is nobody yet
            if (signal) session.deliver(*signal);
        }
        session.pump(std::span(polls).subspan(3));
        if (polls[1].revents) channel.pump_out();
        if (polls[0].revents && !channel.pump_in()) return 128 + SIGKILL;
        while (const auto frame = channel.next()) session.take(*frame);
        if (channel.is_open() && !has_begun && !session.status()) session.begin(plan);
        has_begun = channel.is_open();
    }
    session.write_out();
    return *session.status();
}

}  // namespace

int run_guest_command(const vm::GuestCommand& command) {
    const std::string plan = plan_of(command);
    const container::ForwardedSignals signals;
    vm::Channel channel(container::connect_to_supervisor(vm::kSessionsAt, SOCK_STREAM),
                        vm::FrameReader::Side::kHost);
    Session session(channel, command.terminal);
    int status = 0;
    {
        // The terminal's line discipline that counts is the guest's.
        std::optional<container::RawTerminal> raw;
        if (command.terminal) raw.emplace();
        status = relay(session, channel, signals, plan);
    }
    if (!session.failure().empty()) write_log_line("error", printable(session.failure()));
    return status;
}

}  // namespace mincs::machine
