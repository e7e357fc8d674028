// See tcp_relay.hh.
#include "tools/minc-dens/tcp_relay.hh"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <vector>

namespace mincs::dens {
namespace {

constexpr std::size_t kChunk = std::size_t{128} << 10;

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

TcpRelay::TcpRelay(EventLoop& loop, Fd client, Targets targets, std::shared_ptr<int> count)
    : loop_(loop), targets_(std::move(targets)), count_(std::move(count)) {
    client_.socket = std::move(client);
    ++*count_;
}

TcpRelay::~TcpRelay() {
    --*count_;
}

void TcpRelay::start(EventLoop& loop, Fd client, Targets targets, std::shared_ptr<int> count) {
    const std::shared_ptr<TcpRelay> self(
        new TcpRelay(loop, std::move(client), std::move(targets), std::move(count)));
    if (!self->connect_next()) {
        self->end(true);
        return;
    }
    self->client_.id = loop.watch(self->client_.socket.get(), 0,
                                  [self](std::uint32_t events) { self->handle(events, false); });
}

bool TcpRelay::connect_next() {
    while (next_ < targets_.size()) {
        const Endpoint& target = targets_[next_++];
        loop_.forget(server_.id);
        server_.socket =
            Fd(socket(target.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!server_.socket) continue;
        if (connect(server_.socket.get(), target.get(), target.size) == -1 && errno != EINPROGRESS)
            continue;
        const int on = 1;
        for (const Side* side : {&client_, &server_})
            setsockopt(side->socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        server_.id = loop_.watch(
            server_.socket.get(), EPOLLOUT,
            [self = shared_from_this()](std::uint32_t events) { self->handle(events, true); });
        return true;
    }
    return false;
}

bool TcpRelay::is_connected() {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(server_.socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error == 0;
}

void TcpRelay::handle(std::uint32_t events, bool is_server) {
    if (is_connecting_) {
        // A client that goes (EPOLLHUP) is noticed here, too; else only the server has news.
        if (!is_server) return end(true);
        if (!is_connected()) {
            if (!connect_next()) end(true);
            return;
        }
        is_connecting_ = false;
    }
    if (!pump() || (events & EPOLLERR)) return end(true);
    if (client_.is_told_all && server_.is_told_all) return end(false);
    set_interests();
}

bool TcpRelay::carry(Side& from, Side& to) {
    static std::vector<char> chunk(kChunk);
    for (;;) {
        if (to.waiting.empty() && !from.has_said_all) {
            const ssize_t got = recv(from.socket.get(), chunk.data(), chunk.size(), 0);
            if (got == -1 && would_block()) return true;
            if (got == -1) return false;
            from.has_said_all = got == 0;
            to.waiting.assign(chunk.data(), static_cast<std::size_t>(got));
        }
        while (!to.waiting.empty()) {
            const ssize_t put =
                send(to.socket.get(), to.waiting.data(), to.waiting.size(), MSG_NOSIGNAL);
            if (put == -1 && would_block()) return true;
            if (put == -1) return false;
            to.waiting.erase(0, static_cast<std::size_t>(put));
        }
        if (from.has_said_all) {
            if (!to.is_told_all) shutdown(to.socket.get(), SHUT_WR);
            to.is_told_all = true;
            return true;
        }
    }
}

bool TcpRelay::pump() {
    return carry(client_, server_) && carry(server_, client_);
}

void TcpRelay::set_interests() {
    const auto interest = [](const Side& own, const Side& other) {
        const bool may_read = !own.has_said_all && other.waiting.empty();
        return (may_read ? std::uint32_t{EPOLLIN} : 0) |
               (own.waiting.empty() ? 0 : std::uint32_t{EPOLLOUT});
    };
    loop_.change(client_.id, interest(client_, server_));
    loop_.change(server_.id, interest(server_, client_));
}

void TcpRelay::end(bool is_failure) {
    // Kept alive by the handler that runs now.
    loop_.forget(client_.id);
    loop_.forget(server_.id);
    const linger at_once = {1, 0};  // then the other side gets a reset, as from the server itself
    if (is_failure)
        for (const Side* side : {&client_, &server_})
            if (side->socket)
                setsockopt(side->socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client_.socket.reset();
    server_.socket.reset();
}

}  // namespace mincs::dens
