// The network of a machine of user-mode Linux, as qemu's "user" network is: libslirp takes the
// guest's packets apart and makes of each connection one of our own sockets. So it needs no right,
// and what goes out comes from where we are.
#pragma once

#include <poll.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::slirp {

class UserNetwork {
 public:
    /// `card`: the other end of the guest's network card, a socket that keeps packets apart and
    /// does not block. `ports` as vm::Machine's. Throws Error where libslirp is missing or a port
    /// is somebody else's.
    UserNetwork(Fd card, const std::vector<std::string>& ports);
    ~UserNetwork();

    /// Until the guest's kernel ends.
    void run();

 private:
    struct Stack;
    friend struct Stack;
    void lead_in(const std::string& port);
    void send(std::string packet);
    void send_waiting();
    bool take_packets();

    Fd card_;
    std::deque<std::string> waiting_;  ///< for the guest to take, bounded
    std::vector<pollfd> polls_;        ///< the first is the card's
    std::unique_ptr<Stack> stack_;
};

}  // namespace mincs::slirp
