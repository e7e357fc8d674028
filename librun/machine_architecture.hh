// Of what kind the machine is that runs a container's programs (minc --qemu): one of the programs'
// own kind, where plain minc would have each program run by qemu-user (emulator.hh).
#pragma once

#include <string>
#include <string_view>

#include "db/layout.hh"
#include "libcore/container/architectures.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

struct Request;
struct RootSource;

/// What the programs of a container were for in its last run, under qemu-user or in a machine;
/// nullptr: nothing is said of it, and so it was this machine.
const container::Architecture* architecture_of_last_run(const container::ContainerSpec& last,
                                                        const db::ContainerDirectory& directory);

/// With --qemu what --cross says, else what the image is for, else `last`, which may be nullptr;
/// else this machine. Throws UsageError where no machine can be made of that, or the request has an
/// option that such a machine has not.
const container::Architecture& machine_architecture(const Request& request, const RootSource& root,
                                                    const container::Architecture* last);

/// As qemu's programs and guests (libermine/kit.hh) call one that machine_architecture() returned:
/// "x86_64", "arm64".
std::string machine_name(const container::Architecture& architecture);

/// Who makes a machine of that name.
struct Hypervisor {
    const char* program;  ///< looked for in PATH
    const char* package;  ///< of Debian's
};
Hypervisor hypervisor_for(std::string_view machine_name);

}  // namespace mincs::run
