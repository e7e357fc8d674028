// The programs that keep passwords for docker and podman: docker-credential-NAME, the protocol of
// docker-credential-helpers ("get", "store", "erase"; JSON on stdin and stdout).
#pragma once

#include <string>
#include <string_view>

#include "libregistry/credentials.hh"

namespace mincs::registry {

/// Docker Hub's key since the days of its first index.
inline constexpr std::string_view kHubKey = "https://index.docker.io/v1/";

/// What a registry is called there.
std::string helper_key(const std::string& registry);
/// "https://quay.io/v1/" and "quay.io" name the same; docker wrote both.
std::string_view bare_key(std::string_view key);

/// A helper that fails is trouble, no error: public images need none. Throws Error, beginning with
/// `what`, where the name is none of a program.
CredentialSearch ask_helper(const std::string& name, const std::string& key,
                            const std::string& what);
/// Throws Error where the helper does not take them.
void store_in_helper(const std::string& name, const std::string& key,
                     const Credentials& credentials);
/// False: it had none.
bool erase_from_helper(const std::string& name, const std::string& key);

}  // namespace mincs::registry
