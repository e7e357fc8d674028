// Waiting for many descriptors at once (epoll(7)). One thread, no timers but one tick.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "libcore/base/fd.hh"

namespace mincs::dens {

class EventLoop {
 public:
    /// Is told EPOLLIN and the like. May forget any descriptor, its own too.
    using Handler = std::function<void(std::uint32_t)>;
    using Id = std::uint64_t;

    EventLoop();
    /// The descriptor stays the caller's, who must forget it before closing it.
    Id watch(int fd, std::uint32_t events, Handler handler);
    void change(Id id, std::uint32_t events);
    void forget(Id id);
    /// Until there is something to read at `until`; `tick` is called every few seconds meanwhile.
    void run_until_readable(int until, const std::function<void()>& tick);

 private:
    struct Watched {
        int fd;
        std::uint32_t events;
        std::shared_ptr<Handler> handler;
    };
    Fd epoll_;
    Id last_ = 0;
    std::unordered_map<Id, Watched> watched_;
};

}  // namespace mincs::dens
