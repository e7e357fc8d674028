// The hypervisor's process, with the ends of its lines that are ours.
#pragma once

#include "libcore/base/process.hh"
#include "libvm/machine.hh"

namespace mincs::machine {

struct RunningHypervisor {
    Child files;    ///< virtiofsd, if there is one
    Child network;  ///< minc-slirp, if there is one
    Child child;    ///< goes first
    Fd channel;     ///< to the guest (libvm/channel.hh)
    Fd console;     ///< what its kernel prints, and the hypervisor's own messages
};

/// Throws Error where a program cannot be started.
RunningHypervisor start_hypervisor(const vm::Machine& machine, const std::string& accelerator);

}  // namespace mincs::machine
