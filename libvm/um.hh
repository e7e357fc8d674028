// The command line of user-mode Linux (kernel Documentation/virt/uml): the kernel is the program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libvm/machine.hh"

namespace mincs::vm {

/// Bytes that a serial line of user-mode Linux may hold unread: when its terminal's buffer of 4 KiB
/// runs full it is throttled, and what comes after that is never heard of.
inline constexpr std::size_t kUmLine = 3 << 10;

/// The guest's network card, where there is a network: a socket that keeps packets apart.
inline constexpr int kCardFd = 4;
/// The other end of it, for minc-slirp, and what that says in a first packet once there is a
/// network; else it says why there is none.
inline constexpr int kNetworkFd = 3;
inline constexpr std::string_view kNetworkIsUp = "up";

/// Program and arguments, for the same descriptors as qemu's (qemu.hh), and the card's.
std::vector<std::string> um_command(const Machine& machine);
/// Those of minc-slirp.
std::vector<std::string> network_command(const Machine& machine);
/// What its environment must say: where the guest's memory is a file.
std::vector<std::string> um_environment();
/// Why it ended, in words, where `console`, or a line of it, tells a cause that is known; else
/// empty.
std::string um_explanation(std::string_view console);

}  // namespace mincs::vm
