// A container's share of the disks (--io-weight): which control file sets it, if anything on this
// machine divides by weights at all. Host side.
#pragma once

#include "libcore/container/cgroup.hh"

namespace mincs::container {

/// `weight` is docker's, 10 to 1000. Throws Error where no disk has the scheduler BFQ, and, with
/// v2, the cost model is off as well: the kernel would take the number and heed it nowhere
/// (Documentation/block/bfq-iosched.rst; cgroup-v2.rst, IO).
CgroupSetting io_weight_setting(std::int64_t weight, const CgroupHierarchy& hierarchy);

}  // namespace mincs::container
