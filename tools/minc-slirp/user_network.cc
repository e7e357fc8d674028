// See user_network.hh; libslirp.h says what it expects of whom it calls back.
#include "tools/minc-slirp/user_network.hh"

#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <sys/socket.h>

#include <charconv>
#include <climits>
#include <ctime>

#include "libcore/base/shared_library.hh"
#include "libvm/machine.hh"

namespace mincs::slirp {
namespace {

/// Packets that wait for the guest. More are lost, as in any network; TCP sends them again.
constexpr std::size_t kMostWaiting = 512;
/// Of the guest's, in one turn.
constexpr int kMostAtOnce = 64;

in_addr address(const char* text) {
    in_addr parsed = {};
    inet_pton(AF_INET, text, &parsed);
    return parsed;
}

/// IPv4 alone: of IPv6 libslirp has addresses that lead nowhere where the host has none.
SlirpConfig configuration() {
    SlirpConfig config = {};
    config.version = 1;
    config.in_enabled = true;
    config.vnetwork = address(vm::kGuestNetwork);
    config.vnetmask = address(vm::kGuestMask);
    config.vhost = address(vm::kGuestGateway);
    config.vdhcp_start = address(vm::kGuestAddress);
    config.vnameserver = address(vm::kGuestResolver);
    return config;
}

std::int64_t nanoseconds() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

short poll_events(int wanted) {
    int events = 0;
    if (wanted & SLIRP_POLL_IN) events |= POLLIN;
    if (wanted & SLIRP_POLL_OUT) events |= POLLOUT;
    if (wanted & SLIRP_POLL_PRI) events |= POLLPRI;
    return static_cast<short>(events);
}

int slirp_events(short seen) {
    int events = 0;
    if (seen & POLLIN) events |= SLIRP_POLL_IN;
    if (seen & POLLOUT) events |= SLIRP_POLL_OUT;
    if (seen & POLLPRI) events |= SLIRP_POLL_PRI;
    if (seen & POLLERR) events |= SLIRP_POLL_ERR;
    if (seen & POLLHUP) events |= SLIRP_POLL_HUP;
    return events;
}

}  // namespace

/// libslirp, and its side of the packets.
struct UserNetwork::Stack {
    explicit Stack(UserNetwork& network);
    ~Stack() { cleanup(slirp); }

    static SlirpCb callbacks();
    static UserNetwork& network_of(void* opaque) { return *static_cast<UserNetwork*>(opaque); }

    decltype(&slirp_new) create;
    decltype(&slirp_cleanup) cleanup;
    decltype(&slirp_pollfds_fill) fill;
    decltype(&slirp_pollfds_poll) poll_done;
    decltype(&slirp_input) input;
    decltype(&slirp_add_hostfwd) add_port;
    const SlirpCb calls = callbacks();  // stays libslirp's
    Slirp* slirp = nullptr;
};

UserNetwork::Stack::Stack(UserNetwork& network) {
    const SharedLibrary library("libslirp.so.0", "libslirp0");
    library.load("slirp_new", create);
    library.load("slirp_cleanup", cleanup);
    library.load("slirp_pollfds_fill", fill);
    library.load("slirp_pollfds_poll", poll_done);
    library.load("slirp_input", input);
    library.load("slirp_add_hostfwd", add_port);
    const SlirpConfig config = configuration();
    slirp = create(&config, &calls, &network);
    if (!slirp) throw Error("libslirp makes no network");
}

SlirpCb UserNetwork::Stack::callbacks() {
    SlirpCb calls = {};
    calls.send_packet = [](const void* bytes, std::size_t size, void* opaque) {
        network_of(opaque).send(std::string(static_cast<const char*>(bytes), size));
        return static_cast<ssize_t>(size);
    };
    calls.guest_error = [](const char*, void*) {};  // that is the guest's own matter
    calls.clock_get_ns = [](void*) { return nanoseconds(); };
    // Of IPv6 alone.
    calls.timer_new = [](SlirpTimerCb, void*, void*) -> void* { return nullptr; };
    calls.timer_free = [](void*, void*) {};
    calls.timer_mod = [](void*, std::int64_t, void*) {};
    // All is asked for before each poll(2), and nobody else waits.
    calls.register_poll_fd = [](int, void*) {};
    calls.unregister_poll_fd = [](int, void*) {};
    calls.notify = [](void*) {};
    return calls;
}

UserNetwork::UserNetwork(Fd card, const std::vector<std::string>& ports)
    : card_(std::move(card)), stack_(std::make_unique<Stack>(*this)) {
    for (const std::string& port : ports) lead_in(port);
}

UserNetwork::~UserNetwork() = default;

void UserNetwork::lead_in(const std::string& port) {
    const bool is_udp = port.starts_with("udp:");
    const std::string_view text = std::string_view(port).substr(port.find(':') + 1);
    int number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc() || end.ptr != text.data() + text.size())
        throw UsageError("'{}' is no port", printable(port));
    if (stack_->add_port(stack_->slirp, is_udp, {INADDR_ANY}, number, address(vm::kGuestAddress),
                         number) == -1)
        throw SysError(errno, "listening at the port {}", port);
}

void UserNetwork::send(std::string packet) {
    if (waiting_.size() >= kMostWaiting) return;
    waiting_.push_back(std::move(packet));
    send_waiting();
}

void UserNetwork::send_waiting() {
    while (!waiting_.empty()) {
        const std::string& packet = waiting_.front();
        const ssize_t sent = ::send(card_.get(), packet.data(), packet.size(), MSG_NOSIGNAL);
        // That nobody takes it any more is seen by who reads.
        if (sent == -1 && errno == EAGAIN) return;
        waiting_.pop_front();
    }
}

/// False once the guest's kernel has ended.
bool UserNetwork::take_packets() {
    char packet[64 << 10];
    for (int i = 0; i < kMostAtOnce; ++i) {
        const ssize_t got = recv(card_.get(), packet, sizeof packet, 0);
        if (got == -1 && (errno == EAGAIN || errno == EINTR)) return true;
        if (got <= 0) return false;
        stack_->input(stack_->slirp, reinterpret_cast<const std::uint8_t*>(packet),
                      static_cast<int>(got));
    }
    return true;
}

void UserNetwork::run() {
    const auto add = [](int fd, int events, void* opaque) {
        auto& polls = Stack::network_of(opaque).polls_;
        polls.push_back({fd, poll_events(events), 0});
        return static_cast<int>(polls.size() - 1);
    };
    const auto seen = [](int index, void* opaque) {
        return slirp_events(Stack::network_of(opaque).polls_.at(index).revents);
    };
    while (true) {
        const bool is_full = !waiting_.empty();
        polls_ = {{card_.get(), static_cast<short>(is_full ? POLLIN | POLLOUT : POLLIN), 0}};
        std::uint32_t patience = INT_MAX;
        stack_->fill(stack_->slirp, &patience, add, this);
        const int ready = poll(polls_.data(), polls_.size(), static_cast<int>(patience));
        if (ready == -1 && errno != EINTR) throw SysError(errno, "waiting for packets");
        if (is_full) send_waiting();
        stack_->poll_done(stack_->slirp, ready == -1, seen, this);
        if (ready > 0 && polls_[0].revents && !take_packets()) return;
    }
}

}  // namespace mincs::slirp
