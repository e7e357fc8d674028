// The talk between the supervisor of a background container with a terminal and those who attach to
// it, over a unix socket of whole messages (SOCK_SEQPACKET, unix(7)). A client sends 'i' and what
// was typed, or 'w' and its window's size; the supervisor sends what the terminal shows. Host side.
#pragma once

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/fd.hh"

namespace mincs::container {

/// Bytes of one message.
inline constexpr std::size_t kAttachMessage = 16384;
inline constexpr char kTypedMessage = 'i';
inline constexpr char kWindowMessage = 'w';

/// Listens at `path` (which may be longer than a socket's name, 108 bytes) in place of what is
/// there. `type`: SOCK_SEQPACKET or SOCK_STREAM.
Fd listen_for_clients(const std::filesystem::path& path, int type = SOCK_SEQPACKET);
/// Throws SysError where nobody listens.
Fd connect_to_supervisor(const std::filesystem::path& path, int type = SOCK_SEQPACKET);

/// The supervisor's side: who is attached, and what they typed that the terminal has not taken yet.
class AttachedClients {
 public:
    void accept(const Fd& listener);
    /// Their descriptors, for poll(2), in an order that stays until receive() or show().
    std::vector<int> descriptors() const;
    /// A client is readable. What it typed is in typed() then; a new size is set on `master`.
    void receive(int client, int master);
    /// To everybody. Who does not read is let go, so that nobody holds the container up.
    void show(std::string_view bytes);

    /// Typed, not yet written; while there is some, no client is to be read.
    std::string& typed() { return typed_; }

 private:
    static constexpr std::size_t kMostClients = 16;
    void drop(int client);
    std::vector<Fd> clients_;
    std::string typed_;
};

}  // namespace mincs::container
