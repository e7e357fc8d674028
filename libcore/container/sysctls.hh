// Kernel parameters of the container's own namespaces (sysctl(8), --sysctl). Any other would be the
// host's.
#pragma once

#include <cstdint>
#include <string>

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

/// "NAME=VALUE" with the name as sysctl(8) reads it: "kernel.msgmax" or "kernel/msgmax". Throws
/// UsageError where none of these new `namespaces` (CLONE_NEW*) has it.
Sysctl parse_sysctl(const std::string& text, std::uint64_t namespaces);

/// Container side, while the container's own /proc/sys can still be written to.
void write_sysctls(const ContainerSpec& spec, const fs::RootDir& root);

}  // namespace mincs::container
