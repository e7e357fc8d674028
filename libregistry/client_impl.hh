// What the client's files share. Internal to client*.cc.
#pragma once

#include "libregistry/api.hh"
#include "libregistry/client.hh"
#include "libregistry/http.hh"
#include "libregistry/retry.hh"

namespace mincs::registry {

struct Client::Impl {
    explicit Impl(ClientOptions given)
        : options(std::move(given)),
          http(options.limits, options.cancelled),
          api(http, options.auth_file) {}

    /// Runs `attempt` until it returns; TransferErrors that are worth it are tried again. `what`
    /// begins errors.
    template <typename Attempt>
    auto with_retries(std::string_view what, const Attempt& attempt) {
        Retry retry(http, what);
        while (true) {
            try {
                return attempt();
            } catch (const TransferError& error) {
                retry.pause_or_throw(error);
            }
        }
    }

    Document fetch_document(const Reference& reference, const std::string& key,
                            const std::optional<Digest>& wanted);

    ClientOptions options;
    HttpClient http;
    Api api;
};

/// What kinds of manifest may be sent. One line, as some registries look at the first header only.
inline constexpr std::string_view kAcceptManifests =
    "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

}  // namespace mincs::registry
