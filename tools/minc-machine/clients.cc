// See clients.hh.
#include "tools/minc-machine/clients.hh"

#include <sys/socket.h>

#include "libcore/base/log.hh"
#include "libcore/container/attach.hh"
#include "libvm/machine.hh"

namespace mincs::machine {
namespace {

using vm::Kind;

/// Bytes that may wait for one side before the other is no longer listened to. What a client's
/// streams have under way (streams.hh) is less.
constexpr std::size_t kMostWaiting = 1 << 20;

std::string busy_text() {
    constexpr char kStatus = 125;
    return kStatus + fmt::format("the machine runs {} more commands already", vm::kMostSessions);
}

}  // namespace

Clients::Clients(vm::Channel& line)
    : line_(line), listener_(container::listen_for_clients(vm::kSessionsAt, SOCK_STREAM)) {}

void Clients::add_polls(std::vector<pollfd>& polls) const {
    const bool may_send = line_.waiting() < kMostWaiting;
    polls.push_back({listener_.get(), POLLIN, 0});
    for (Number number = 1; number < clients_.size(); ++number) {
        const auto& channel = clients_[number].channel;
        polls.push_back({channel && may_send ? channel->readable_fd() : -1, POLLIN, 0});
        polls.push_back({channel ? channel->writable_fd() : -1, POLLOUT, 0});
    }
}

void Clients::pump(std::span<const pollfd> polls) {
    for (Number number = 1; number < clients_.size(); ++number) {
        const auto of_client = polls.subspan(1 + 2 * (number - 1), 2);
        if (of_client[1].revents) use(number, [](vm::Channel& channel) { channel.pump_out(); });
        if (of_client[0].revents) receive(number);
    }
    if (polls[0].revents) accept();
}

void Clients::accept() {
    Fd connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    vm::Channel channel(std::move(connection), vm::FrameReader::Side::kGuest);
    const auto free = std::find_if(clients_.begin() + 1, clients_.end(), [](const Client& client) {
        return !client.channel && !client.is_in_guest;
    });
    std::string greeting(vm::kHello);
    if (free == clients_.end()) greeting += vm::to_bytes({Kind::kFailed, busy_text()});
    try {
        channel.send_raw(greeting);
        if (free != clients_.end()) *free = {std::move(channel)};
    } catch (const Error& error) {
        debug("somebody who wanted a command is gone: {}", error.what());
    }
}

template <typename Use>
void Clients::use(Number number, const Use& use) {
    Client& client = clients_[number];
    if (!client.channel) return;
    try {
        use(*client.channel);
    } catch (const Error& error) {
        debug("the command {} is left: {}", number, error.what());
        drop(number);
    }
}

void Clients::drop(Number number) {
    Client& client = clients_[number];
    if (client.is_in_guest) line_.send({Kind::kHangUp, "", number});
    client.channel.reset();
    client.has_ended = false;
}

void Clients::receive(Number number) {
    use(number, [&](vm::Channel& channel) {
        if (!channel.pump_in()) throw Error("it hangs up");
        while (auto frame = channel.next()) {
            Client& client = clients_[number];
            if (client.has_ended) continue;
            const bool is_plan = frame->kind == Kind::kPlan;
            if (is_plan && client.is_in_guest) throw Error("it sends a second plan");
            if (is_plan) client.is_in_guest = true;
            frame->session = number;
            line_.send(*frame);
        }
    });
}

void Clients::take(const vm::Frame& frame) {
    Client& client = clients_[frame.session];
    const bool is_end = frame.kind == Kind::kStatus || frame.kind == Kind::kFailed;
    if (is_end) client.is_in_guest = false;
    if (is_end) client.has_ended = client.channel.has_value();
    use(frame.session, [&](vm::Channel& channel) {
        channel.send({frame.kind, frame.payload});
        if (channel.waiting() > kMostWaiting) throw Error("the guest sends too much");
    });
}

}  // namespace mincs::machine
