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
#include "libregistry/reference.hh"

namespace mincs::registry {

class Authorizer {
 public:
    /// `auth_file` as in ClientOptions.
    Authorizer(HttpClient& http, std::string auth_file)
        : http_(http), auth_file_(std::move(auth_file)) {}

    /// The Authorization value for requests to the reference's repository; empty where none was
    /// ever asked for. Renews a token that has run out.
    std::string current(const Reference& reference);

    /// After the 401 `response` to a request that carried `used`: another value to try. Throws
    /// TransferError where there is none.
    std::string answer(const Reference& reference, const HttpResponse& response,
                       std::string_view used);

    /// What may explain a refusal: "no credentials for 'x' in ..." or a helper's failure.
    std::string explanation(const Reference& reference);

 private:
    using Clock = std::chrono::steady_clock;

    /// What is known about one repository.
    struct Entry {
        Challenge challenge;
        std::string value;
        Clock::time_point expires = Clock::time_point::max();
    };

    void renew(Entry& entry, const Reference& reference);
    void renew_basic(Entry& entry, const Reference& reference);
    void renew_bearer(Entry& entry, const Reference& reference);
    const CredentialSearch& search(const Reference& reference);

    HttpClient& http_;
    std::string auth_file_;
    /// Held while a token is fetched, so that other threads wait for it instead of asking for their
    /// own.
    std::mutex mutex_;
    std::map<std::string, Entry> entries_;           ///< by registry/repository
    std::map<std::string, CredentialSearch> found_;  ///< by registry/repository
};

}  // namespace mincs::registry
