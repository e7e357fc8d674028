// One GET on a registry's API: the right scheme, the right proof of identity, the right answer or a
// TransferError.
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

/// Thread-safe.
class Api {
 public:
    Api(HttpClient& http, std::string auth_file) : http_(http), auth_(http, std::move(auth_file)) {}

    /// GET /v2/REPOSITORY/`path` with `headers`. A 401 is answered; statuses other than 200 and 206
    /// throw.
    HttpResponse get(const Reference& reference, std::string_view path,
                     std::vector<std::string> headers, const BodyReceiver* receiver = nullptr);

 private:
    std::string scheme_of(const std::string& host);
    HttpResponse authorized(const Reference& reference, HttpRequest request,
                            const BodyReceiver* receiver);

    HttpClient& http_;
    Authorizer auth_;
    std::mutex mutex_;
    std::map<std::string, std::string> schemes_;  ///< of the loopback hosts that have answered
};

}  // namespace mincs::registry
