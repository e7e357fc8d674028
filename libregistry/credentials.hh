// Where people keep the passwords of registries: containers-auth.json(5) and docker's config.json,
// with the helper programs both name (docker-credential-NAME, the protocol of
// docker-credential-helpers). Only the helper that is responsible for the registry in question is
// run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/reference.hh"

namespace mincs::registry {

struct Credentials {
    std::string user;
    std::string password;
    std::string identity_token;  ///< an OAuth2 refresh token that stands for both
    std::string origin;          ///< the file or helper they came from, for messages
};

/// What looking brought: credentials, or why there are none though somebody should know some.
struct CredentialSearch {
    std::optional<Credentials> credentials;
    std::string trouble;  ///< a helper that failed; the request may well succeed without it
};

/// The files to look in, first match wins: `auth_file` or $REGISTRY_AUTH_FILE alone; else
/// $XDG_RUNTIME_DIR/containers/auth.json (without it /run/containers/UID/auth.json),
/// $XDG_CONFIG_HOME/containers/auth.json, $DOCKER_CONFIG/config.json (usually
/// ~/.docker/config.json).
std::vector<std::filesystem::path> credential_files(const std::string& auth_file);

/// Looks for `reference`'s registry; the most specific entry first ("quay.io/org/app",
/// "quay.io/org", "quay.io"). Throws Error for a file that cannot be read or understood.
CredentialSearch find_credentials(const std::vector<std::filesystem::path>& files,
                                  const Reference& reference);

}  // namespace mincs::registry
