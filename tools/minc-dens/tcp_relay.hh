// One TCP connection carried on by another.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "tools/minc-dens/port_forwarder.hh"

namespace mincs::dens {

/// Lives in the loop's handlers until both sides have ended, or one has failed.
class TcpRelay : public std::enable_shared_from_this<TcpRelay> {
 public:
    /// `client` does not block. `count` counts those that live. The loop outlives it.
    static void start(EventLoop& loop, Fd client, Targets targets, std::shared_ptr<int> count);
    ~TcpRelay();

 private:
    struct Side {
        Fd socket;
        EventLoop::Id id = 0;
        std::string waiting;        ///< what it has not taken yet
        bool has_said_all = false;  ///< its end was read
        bool is_told_all = false;   ///< the other's end was handed on
    };
    TcpRelay(EventLoop& loop, Fd client, Targets targets, std::shared_ptr<int> count);
    /// To the next of the targets. False: there is none.
    bool connect_next();
    void watch_server();
    void handle(std::uint32_t events, bool is_server);
    /// False: it has failed.
    bool is_connected();
    bool carry(Side& from, Side& to);
    bool pump();
    void set_interests();
    void end(bool is_failure);

    EventLoop& loop_;
    Targets targets_;
    std::size_t next_ = 0;
    Side client_, server_;
    bool is_connecting_ = true;
    std::shared_ptr<int> count_;
};

}  // namespace mincs::dens
