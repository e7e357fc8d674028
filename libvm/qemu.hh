// The command line of qemu-system-ARCH (qemu(1)) for a machine.
#pragma once

#include <string>
#include <vector>

#include "libvm/machine.hh"

namespace mincs::vm {

/// Descriptors that qemu is started with, besides its standard streams: stdin is empty, stdout the
/// guest's console, stderr its own messages.
inline constexpr int kChannelFd = 3;
/// Where virtiofsd listens, in the machine room.
inline constexpr const char* kFileServerSocket = "/tmp/files.sock";

/// What is said to a kernel of `arch` that is emulated, each word with a blank in front.
std::string words_for_emulation(const std::string& arch);

/// Program and arguments. `accelerator` is the machine's, or what it falls back to.
std::vector<std::string> qemu_command(const Machine& machine, const std::string& accelerator);
/// Those of virtiofsd.
std::vector<std::string> file_server_command(const Machine& machine);

}  // namespace mincs::vm
