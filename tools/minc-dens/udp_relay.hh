// The datagrams of one UDP port, carried on and their answers back.
#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <string>

#include "tools/minc-dens/port_forwarder.hh"

namespace mincs::dens {

class UdpRelay {
 public:
    /// The port and the loop outlive it.
    UdpRelay(EventLoop& loop, const HeldPort& port, Targets targets);
    ~UdpRelay();
    /// Of whom nothing was heard for a while.
    void forget_idle();

 private:
    /// Who asks, by a socket of his own, so that answers are told apart.
    struct Flow {
        Fd socket;
        EventLoop::Id id = 0;
        Endpoint client;
        std::string control;  ///< which of the host's addresses was asked, for the answer (ip(7))
        std::time_t last = 0;
    };
    void receive();
    /// nullptr where there are too many.
    Flow* flow_of(const Endpoint& client, std::string control);
    void answer(const std::string& key);
    void drop(const std::string& key);

    EventLoop& loop_;
    const HeldPort& port_;
    Targets targets_;
    std::size_t target_ = 0;  ///< the one that is asked: the next where nobody listens there
    std::map<std::string, Flow> flows_;
};

}  // namespace mincs::dens
