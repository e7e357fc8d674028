// See event_loop.hh.
#include "tools/minc-dens/event_loop.hh"

#include <array>

namespace mincs::dens {
namespace {

constexpr int kTickMilliseconds = 5000;

}  // namespace

EventLoop::EventLoop() : epoll_(check(epoll_create1(EPOLL_CLOEXEC), "making an epoll")) {}

EventLoop::Id EventLoop::watch(int fd, std::uint32_t events, Handler handler) {
    const Id id = ++last_;
    epoll_event event = {};
    event.events = events;
    event.data.u64 = id;
    check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "watching a descriptor");
    watched_[id] = {fd, events, std::make_shared<Handler>(std::move(handler))};
    return id;
}

void EventLoop::change(Id id, std::uint32_t events) {
    const auto found = watched_.find(id);
    if (found == watched_.end() || found->second.events == events) return;
    found->second.events = events;
    epoll_event event = {};
    event.events = events;
    event.data.u64 = id;
    check(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, found->second.fd, &event),
          "watching a descriptor");
}

void EventLoop::forget(Id id) {
    const auto found = watched_.find(id);
    if (found == watched_.end()) return;
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.fd, nullptr);
    watched_.erase(found);
}

void EventLoop::run_until_readable(int until, const std::function<void()>& tick) {
    bool goes_on = true;
    const Id end = watch(until, EPOLLIN, [&](std::uint32_t) { goes_on = false; });
    std::array<epoll_event, 64> events;
    while (goes_on) {
        const int count = epoll_wait(epoll_.get(), events.data(), events.size(), kTickMilliseconds);
        if (count <= 0) tick();
        for (int i = 0; i < count; ++i) {
            // What an earlier one of these has forgotten is not found any more.
            const auto found = watched_.find(events[static_cast<std::size_t>(i)].data.u64);
            if (found == watched_.end()) continue;
            const auto handler = found->second.handler;  // it may forget itself
            (*handler)(events[static_cast<std::size_t>(i)].events);
        }
    }
    forget(end);
}

}  // namespace mincs::dens
