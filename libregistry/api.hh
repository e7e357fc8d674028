// One request to a registry's API: the right scheme, the right proof of identity, the right answer
// or a TransferError.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/auth.hh"
#include "libregistry/http.hh"
#include "libregistry/reference.hh"

namespace mincs::registry {

/// What stands below /v2/REPOSITORY/, and how it is asked for.
struct ApiRequest {
    Method method = Method::kGet;
    std::string path;
    std::vector<std::string> headers = {};
    RequestBody body = {};
};

/// Thread-safe.
class Api {
 public:
    /// `auth_file` and `credentials` as in ClientOptions.
    Api(HttpClient& http, std::string auth_file, std::optional<Credentials> credentials)
        : http_(http), auth_(http, std::move(auth_file), std::move(credentials)) {}

    /// A 401 is answered; statuses other than 2xx throw. The response to a GET is 200, 204
    /// or 206.
    HttpResponse send(const Access& access, ApiRequest request,
                      const BodyReceiver* receiver = nullptr);
    /// Asks the registry as a whole (`access` without a repository); true where it wanted proof of
    /// identity, and took it.
    bool knock(const Access& access);
    /// The same at the place that an earlier answer named (an upload's Location). On another host
    /// than the registry's it gets no proof of identity.
    HttpResponse send_to(const Url& url, const Access& access, ApiRequest request);

 private:
    std::string scheme_of(const Endpoint& place);
    std::string probe_loopback(const std::string& host);
    std::string probe_insecure(const std::string& host);
    void keep_scheme(const std::string& host, const std::string& scheme);
    Url base(const Endpoint& place);
    HttpResponse checked(const Access& access, const Url& registry, HttpRequest request,
                         const BodyReceiver* receiver);
    HttpResponse authorized(const Access& access, HttpRequest request,
                            const BodyReceiver* receiver);

    HttpClient& http_;
    Authorizer auth_;
    std::mutex mutex_;
    std::map<std::string, std::string>
        schemes_;  ///< of loopback and insecure hosts that have answered
};

}  // namespace mincs::registry
