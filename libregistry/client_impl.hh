// What the client's files share. Internal to client*.cc.
#pragma once

#include <map>
#include <mutex>

#include "libcore/base/log.hh"
#include "libregistry/api.hh"
#include "libregistry/client.hh"
#include "libregistry/http.hh"
#include "libregistry/retry.hh"

namespace mincs::registry {

/// How errors of a pull begin.
inline std::string pulling(const Reference& reference) {
    return fmt::format("pulling '{}'", reference.to_string());
}

struct Client::Impl {
    explicit Impl(ClientOptions given)
        : options(std::move(given)),
          http(options.limits, options.cancelled, options.certificate_directories),
          api(http, options.auth_file, options.credentials) {
        if (!options.registries)
            options.registries = std::make_shared<const RegistriesConf>(RegistriesConf::load());
    }

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

    /// Runs `attempt(place)` at the places the image may be read from until one succeeds. All but
    /// the last get one try: there is another one to ask.
    template <typename Attempt>
    auto from_sources(const Reference& reference, std::string_view what, const Attempt& attempt) {
        const std::vector<Endpoint> places = sources(reference);
        std::string failures;
        for (const Endpoint& place : places) {
            try {
                auto result = &place == &places.back()
                                  ? with_retries(what, [&] { return attempt(place); })
                                  : attempt(place);
                works(reference, place);
                return result;
            } catch (const Error& error) {
                http.check_cancelled();
                if (&place == &places.back()) throw with_earlier(error, failures);
                failures += mirror_failed(place, error);
            }
        }
        throw Error("{}: there is no place to read it from", what);  // sources() has one always
    }

    /// In the order to ask them; those before the one that worked last have failed already.
    std::vector<Endpoint> sources(const Reference& reference);
    void works(const Reference& reference, const Endpoint& place);
    /// Tells, and returns what a final error says about it.
    static std::string mirror_failed(const Endpoint& place, const Error& error);
    static Error with_earlier(const Error& error, const std::string& failures);

    Document fetch_document(const Reference& reference, const std::optional<Digest>& child);

    ClientOptions options;
    HttpClient http;
    Api api;

 private:
    std::mutex mutex_;
    std::map<std::string, std::string>
        working_;  ///< by reference: the name at the place that worked
};

/// What kinds of manifest may be sent. One line, as some registries look at the first header only.
inline constexpr std::string_view kAcceptManifests =
    "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

}  // namespace mincs::registry
