// The way from an ordinary user's network namespace to the world: pasta(1) or slirp4netns(1), which
// open sockets in the host's network as any program of his may. One of them runs as long as the
// namespace's keeper does (keeper.hh), outside of its user namespace.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/process.hh"

namespace mincs::dens {

/// The interface that leads out, in the namespace.
inline constexpr const char* kOutside = "outside";
/// What is between the namespace and the program.
inline constexpr const char* kOutsideSubnet = "169.254.77.0/24";

/// The command lines to try, the better one first, for the namespaces of this process. Each writes
/// something to descriptor `ready` when it is.
std::vector<std::vector<std::string>> ways_out(pid_t process, int ready);
/// Of what such a program has said on stderr, the line that tells most; empty: it said nothing.
std::string telling_line(const std::string& errors);

/// Starts, in the place of the process that makes it now, what must stay in the host's namespaces.
class WayOut {
 public:
    WayOut();
    /// Connects this process's network namespace, in whatever namespaces it is by now. Throws Error
    /// where none of the programs is there or works. Once.
    void connect();

 private:
    Pipe go_;
    Pipe answer_;
    Child starter_;
};

}  // namespace mincs::dens
