// Keeping and forgetting passwords where credentials.hh finds them: by the helper that a file names
// for the registry, else in the first of the files whose directory can be made
// (containers-auth.json(5)); in docker's config.json only where it is the only one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libregistry/credentials.hh"

namespace mincs::registry {

/// Keeps a registry's user and password, in place of what was kept there. A file is written in one
/// step, mode 0600; its other members stay. Returns where they are now, for messages: "'FILE'", or
/// the helper's name. `files` as credential_files() tells them.
std::string keep_credentials(const std::vector<std::filesystem::path>& files,
                             const std::string& registry, const Credentials& credentials);

/// Forgets what keep_credentials() would have replaced. Returns where it was, or nothing where
/// there was none.
std::optional<std::string> forget_credentials(const std::vector<std::filesystem::path>& files,
                                              const std::string& registry);

/// Forgets all that the first file has, and what the helpers named in it keep for registries named
/// in it. Returns the registries.
std::vector<std::string> forget_all_credentials(const std::vector<std::filesystem::path>& files);

}  // namespace mincs::registry
