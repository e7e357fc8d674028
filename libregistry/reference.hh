// Image references as people type them: "fedora", "quay.io/org/app:1.2",
// "127.0.0.1:5000/library/debian", "debian@sha256:…". Grammar: distribution's reference package and
// the OCI distribution-spec, "Pulling manifests".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libcore/base/digest.hh"

namespace mincs::registry {

struct Reference {
    std::string registry;  ///< host[:port]; "docker.io" where none was typed
    std::string
        repository;   ///< "library/fedora"; "library/" is added for one-word names on docker.io
    std::string tag;  ///< "latest" where neither tag nor digest was typed; else maybe empty
    std::optional<Digest> digest;

    /// Throws UsageError naming what is wrong with the text.
    static Reference parse(std::string_view text);

    /// Whether it begins with a registry: the part before the first '/' has a '.' or a ':', or is
    /// localhost. To docker "Org/app" is the host "Org", too; in lower case, as hosts are written
    /// here, that would be docker.io's org/app.
    static bool names_registry(std::string_view text);
    /// How much of the text stands before its tag and digest.
    static std::size_t name_length(std::string_view text);

    /// The whole name: "docker.io/library/fedora:latest", with "@sha256:…" where pinned.
    std::string to_string() const;
    /// As people say it: "fedora:latest" for docker.io/library, "org/app:1" for docker.io, else the
    /// whole name.
    std::string familiar_name() const;
    /// The same of a name that is whole already, for long lists.
    static std::string familiar_name(std::string_view whole);
    /// What stands after /manifests/ in the URL: the digest where pinned, else the tag.
    std::string manifest_key() const;
    /// The host to talk to: docker.io is served by registry-1.docker.io.
    std::string api_host() const;
};

}  // namespace mincs::registry
