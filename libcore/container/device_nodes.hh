// The devices of a container: those of its /dev (runtime-spec, config-linux.md, Default Devices),
// which reach nothing of the machine.
#pragma once

#include <array>

namespace mincs::container {

struct DeviceNode {
    const char* name;
    unsigned major, minor;
};

/// The nodes that are made in a fresh /dev.
inline constexpr std::array kDevices = {DeviceNode{"null", 1, 3},    DeviceNode{"zero", 1, 5},
                                        DeviceNode{"full", 1, 7},    DeviceNode{"random", 1, 8},
                                        DeviceNode{"urandom", 1, 9}, DeviceNode{"tty", 5, 0}};

/// Those that devpts has: its ptmx, and the terminals, of any minor number.
inline constexpr unsigned kPtmxMajor = 5, kPtmxMinor = 2, kPtsMajor = 136;

}  // namespace mincs::container
