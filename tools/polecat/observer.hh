// From a stopped system call to the paths it names: reads the caller's memory, finds what the path
// is relative to, and looks whether something is there, all as the caller sees it. Both tracers use
// it. Nothing here is a security boundary: a path changed behind our back costs a file in the
// bundle, no more.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libcore/base/fd.hh"
#include "tools/polecat/path_calls.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// One path of one call.
struct Sighting {
    std::string path;
    unsigned use = 0;
    bool existed = false;
    std::string by;
};

class Observer {
 public:
    /// What this call of the stopped thread `pid` names, as far as it is news.
    std::vector<Sighting> look(pid_t pid, const seccomp_data& data);
    /// Keeps them. Apart from look(), so that a tracer can let the caller go on in between, and
    /// drop what it read if the caller was gone meanwhile.
    void note(std::vector<Sighting> sightings);
    Trace take();

 private:
    /// Where the caller's "/" and "." are, as /proc tells them.
    struct Place {
        pid_t pid;
        std::string root;  ///< "/" unless the caller changed its root
    };

    std::optional<Sighting> look_at(const PathCall& call, const Place& place,
                                    const seccomp_data& data, std::vector<Sighting>& more);
    void look_at_program(int file, const Place& place, int depth, std::vector<Sighting>& more);
    void add_helper(const std::string& named, unsigned use, const Place& place, int depth,
                    std::vector<Sighting>& more);
    Fd open_for(const Place& place, std::string path, bool follow);
    std::string inside(std::string path) const;
    bool is_known(const std::string& path, unsigned use) const;
    const std::string& program_of(pid_t pid);

    std::string root_;            ///< the container's "/" as /proc tells it; empty: not known yet
    Fd root_fd_;                  ///< the same
    bool worlds_differ_ = false;  ///< somebody changed root or mount namespace
    std::unordered_map<std::string, Touch> touches_;
    std::unordered_map<pid_t, std::string> programs_;
};

}  // namespace mincs::polecat
