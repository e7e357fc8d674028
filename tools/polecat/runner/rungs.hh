// The ladder: ways to get at the files inside a bundle, the best first.
//
//   1  root             the kernel mounts the image by a loop device
//   2  anybody          a user namespace, and our own file server on /dev/fuse
//   3  no /dev/fuse     a user namespace, and the image unpacked into memory that goes with it
//   4  no namespaces    unpacked once into a cache directory and run from there, without a
//   container
//
// The runner takes the first of 1 to 3 that works; POLECAT_RUNG or --rung names one. The fourth
// gives up what makes a bundle a container, so it is only taken where it is asked for.
#pragma once

#include "tools/polecat/runner/container.hh"
#include "tools/polecat/runner/fuse_server.hh"

namespace mincs::polecat {

/// A bundle, opened.
struct Bundle {
    std::string path;
    Fd file;
    Trailer trailer;
    Metadata metadata;
};

struct Footing {
    Ground ground;
    FileServer server;  ///< if somebody must serve the image's files; ends with its owner
    Child warm_up;      ///< reads ahead for the command, maybe
};

/// Leaves the caller's mount namespace (and as an ordinary user its user namespace) and climbs on
/// one of the rungs 1 to 3. Throws Error with every rung's reason where none holds.
Footing find_footing(const Bundle& bundle, const Wishes& wishes,
                     const std::vector<std::string>& needed);

}  // namespace mincs::polecat
