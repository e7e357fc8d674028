// Answers a registry's 401: with a bearer token from the realm it names (distribution's token flow:
// challenge, realm, token) or with a password (Basic, RFC 7617). Values are kept for a repository
// until they run out, so one pull asks once, however many threads it has.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "libregistry/challenge.hh"
#include "libregistry/credentials.hh"
#include "libregistry/http.hh"
#include "libregistry/registries_conf.hh"

namespace mincs::registry {

/// What a request needs to be allowed to do.
struct Access {
    Endpoint
        place;  ///< its registry and repository count; without a repository, all of the registry
    bool push = false;            ///< else reading is enough
    std::string mount_from = {};  ///< a repository of the same registry whose blobs are read, too
};

class Authorizer {
 public:
    /// `auth_file` and `credentials` as in ClientOptions.
    Authorizer(HttpClient& http, std::string auth_file, std::optional<Credentials> credentials)
        : http_(http), auth_file_(std::move(auth_file)), credentials_(std::move(credentials)) {}

    /// The Authorization value for such requests; empty where none was ever asked for. Renews a
    /// token that has run out.
    std::string current(const Access& access);

    /// After the 401 `response` to a request that carried `used`: another value to try. Throws
    /// TransferError where there is none.
    std::string answer(const Access& access, const HttpResponse& response, std::string_view used);

    bool has_credentials(const Access& access);
    /// What may explain a refusal: "no credentials for 'x' in ..." or a helper's failure.
    std::string explanation(const Access& access);

 private:
    using Clock = std::chrono::steady_clock;

    /// What is known about one kind of access to one repository.
    struct Entry {
        Challenge challenge;
        Url registry;  ///< that sent it
        std::string value;
        Clock::time_point expires = Clock::time_point::max();
    };

    void renew(Entry& entry, const Access& access);
    void renew_basic(Entry& entry, const Reference& reference);
    void renew_bearer(Entry& entry, const Access& access);
    const CredentialSearch& search(const Reference& reference);

    HttpClient& http_;
    std::string auth_file_;
    std::optional<Credentials> credentials_;
    /// Held while a token is fetched, so that other threads wait for it instead of asking for their
    /// own.
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;           ///< by key_of(Access)
    std::map<std::string, CredentialSearch> found_;  ///< by registry/repository
};

}  // namespace mincs::registry
