// Who the command runs as: "UID", "UID:GID", or names looked up in the passwd and group files of
// the root, which are read as untrusted text through RootDir. A static program must not call
// getpwnam(3): it would load the host's name service into the container's set-up.
#pragma once

#include <string>
#include <string_view>

#include "libcore/container/spec.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {

struct ResolvedUser {
    User user;
    std::string home = "/";  ///< from passwd; "/" where it has no line
};

/// `text` empty: root. As docker: a bare UID without a passwd line runs with gid 0; the groups that
/// list the user are added. Throws UsageError where a name does not stand in the file or a number
/// does not fit 32 bits.
ResolvedUser resolve_user(std::string_view text, const fs::RootDir& root);

/// Makes the process that user's; with `sets_home`, HOME becomes his. `text` empty: nothing.
void set_user(Process& process, const std::string& text, bool sets_home, const fs::RootDir& root);

}  // namespace mincs::container
