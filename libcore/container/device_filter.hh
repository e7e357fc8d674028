// Keeps the processes of a v2 control group to the standard devices (device_nodes.hh): what the
// controller `devices` does in v1 is a BPF program here (cgroup-v2.rst, Device controller).
#pragma once

#include <string>

namespace mincs::container {

/// Host side. The program goes with the group's directory.
void filter_devices(const std::string& group_directory);

}  // namespace mincs::container
