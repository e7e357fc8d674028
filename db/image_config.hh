// What an image says about running it: the OCI image configuration (image-spec config.md), read
// from the JSON kept as a blob. All of it is somebody else's text: checked types, bounded, never
// interpreted further here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/digest.hh"

namespace mincs::db {

struct ImageConfig {
    std::string architecture;
    std::string os;
    std::string created;  ///< RFC 3339, as written
    std::vector<std::string> env;
    std::vector<std::string> entrypoint;
    std::vector<std::string> cmd;
    std::string working_dir;
    std::string user;
    std::vector<Digest> diff_ids;  ///< lowest layer first

    /// Throws Error naming `what` ("the config of 'fedora'").
    static ImageConfig parse(std::string_view json, std::string_view what);
};

}  // namespace mincs::db
