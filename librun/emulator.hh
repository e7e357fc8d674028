// Which program of the host is to run a container's programs: those of an architecture that was
// asked for (minc --cross), or of the one that an image was made for.
#pragma once

#include <optional>
#include <string>

#include "libcore/container/architectures.hh"
#include "libcore/container/spec.hh"

namespace mincs::run {

struct Request;
struct RootSource;

/// The path of qemu-user for it: qemu-ARCH-static in the caller's PATH, or a static qemu-ARCH. It
/// is opened before a container's root is there, and must need nothing of that.
std::optional<std::string> find_interpreter(const container::Architecture& architecture);

/// What the request and the root want, or else, where neither says anything, what the container was
/// for in its `last` run (machine_architecture.hh; nullptr: nothing is known of that). None where
/// the kernel runs the programs by itself. Throws Error where an architecture was asked for and
/// there is no program for it; that an image is for another one is no error before its command
/// cannot be run.
std::optional<container::Emulator> choose_emulator(const Request& request, const RootSource& root,
                                                   const container::Architecture* last = nullptr);
/// The same for one that a container had in its last run.
container::Emulator renewed(const container::Emulator& last);

/// Sets the spec's emulator, and what goes with it: a pid 1 of ours; for root a user namespace, in
/// which the command has its powers over the container's network no more, so low ports are let free
/// there, if it is the container's own.
void add_emulator(container::ContainerSpec& spec, std::optional<container::Emulator> emulator,
                  bool has_own_network);

}  // namespace mincs::run
