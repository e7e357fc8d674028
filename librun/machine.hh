// minc's --qemu and --um: the same container in a machine of its own, under a kernel of its own
// (MINCS's minc-moult). What is a container then holds the hypervisor, in a small root of its own;
// the command's root lies in that and is shared with the guest, where the engine makes the
// container once more, as everywhere.
//
//     host                                     guest
//     minc                                     minc-guest, its /init
//      └ container: the machine room            └ container: root, world, user, filter as asked for
//          minc-machine, as its pid 1               └ the command
//           └ qemu, or the kernel as a program
#pragma once

#include <string>

#include "db/layout.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

struct MachineRequest {
    enum class Kind { kNone, kQemu, kUserMode };
    Kind kind = Kind::kNone;
    std::string accelerator;  ///< --accel: "kvm", "tcg"; empty: what works
    std::string board;        ///< --machine: "pc", "microvm", "virt"; empty: the usual one

    explicit operator bool() const { return kind != Kind::kNone; }
};

/// The command of the machine that `directory` describes. Throws Error.
container::Process guest_process(const db::ContainerDirectory& directory);

/// What runs in the machine room for one more command in its guest. `process`: the command's, with
/// its whole environment; `user` as JoinRequest's.
container::Process process_for_guest(const container::Process& process, const std::string& user,
                                     bool sets_home);

/// Turns `spec`, a container as everywhere, into one that holds a machine of `arch` ("x86_64",
/// "arm64") in which its command runs; what the machine is goes to `directory`. Throws Error where
/// the hypervisor or its guest is missing, UsageError on what no machine can do.
void move_into_machine(container::ContainerSpec& spec, const MachineRequest& request,
                       const std::string& arch, const db::ContainerDirectory& directory);

}  // namespace mincs::run
