// Limits, from what a person typed to a container's Resources.
#pragma once

#include <string>

#include "libcore/container/spec.hh"

namespace mincs::minc {

/// As they were typed; empty: not at all.
struct RawLimits {
    std::string memory, memory_swap, cpus;
    std::string cpu_shares, cpu_quota, cpu_count, pids;
    std::string kernel_memory, io_weight;
};

/// Throws UsageError on what is no such limit.
void set_limits(const RawLimits& raw, container::Resources& resources);

}  // namespace mincs::minc
