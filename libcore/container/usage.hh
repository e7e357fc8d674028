// What a container and its processes use of the machine, as /proc and the control groups tell it.
// Host side.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mincs::container {

/// One process (proc(5)).
struct ProcessUsage {
    pid_t pid = 0;         ///< as the host numbers it
    pid_t pid_inside = 0;  ///< as the container does
    pid_t parent = 0;      ///< as the host numbers it
    uid_t uid = 0;
    char state = '?';  ///< R, S, D, T, Z
    std::int64_t threads = 0;
    std::int64_t resident = 0;       ///< bytes, shared ones included
    std::int64_t cpu_usec = 0;       ///< its own
    std::int64_t children_usec = 0;  ///< of its children that have ended
    std::string command;             ///< words joined by blanks; "[name]" without any
};
/// Those of the container whose pid 1 is `init`; one that ends meanwhile is left out.
std::vector<ProcessUsage> usage_of_processes(pid_t init);

/// The whole container.
struct ContainerUsage {
    std::int64_t cpu_usec = 0;  ///< since its start, ended processes included
    std::int64_t memory = 0;    ///< bytes; shared ones once
    std::optional<std::int64_t> memory_limit;
    std::int64_t processes = 0;
    std::int64_t threads = 0;
};
ContainerUsage usage_of_container(pid_t init, const std::string& container_id);

}  // namespace mincs::container
