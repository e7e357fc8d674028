// Those who want one more command in the guest (guest_command.hh): each has a connection to the
// monitor's socket, on which the same frames go as on the machine's line, all as session 0; on the
// line it has a session of its own.
#pragma once

#include <poll.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "libvm/channel.hh"

namespace mincs::machine {

class Clients {
 public:
    /// Listens at vm::kSessionsAt. Nobody is let in before add_polls().
    explicit Clients(vm::Channel& line);

    void add_polls(std::vector<pollfd>& polls) const;
    /// `polls`: what add_polls() added, after poll(2).
    void pump(std::span<const pollfd> polls);
    /// A frame of the guest's, of another session than 0.
    void take(const vm::Frame& frame);

 private:
    /// Its number is free when nobody has it here, and the guest has said that it has ended. Who
    /// has been told of the end hangs up himself.
    struct Client {
        std::optional<vm::Channel> channel;
        bool is_in_guest = false;
        bool has_ended = false;
    };
    using Number = vm::Session;
    void accept();
    void receive(Number number);
    void drop(Number number);
    /// Does something with the client's connection, which may be broken.
    template <typename Use>
    void use(Number number, const Use& use);

    vm::Channel& line_;
    Fd listener_;
    std::array<Client, vm::kMostSessions + 1> clients_;  // 0 is nobody's
};

}  // namespace mincs::machine
