// See api.hh.
#include "libregistry/api.hh"

#include "libregistry/api_error.hh"

namespace mincs::registry {
namespace {

/// A cached value, then a fresh one: a registry that refuses that too will refuse for ever.
constexpr int kMaxAnswers = 2;

HttpRequest http_request(Url url, ApiRequest& from) {
    HttpRequest request;
    request.url = std::move(url);
    request.method = from.method;
    request.headers = std::move(from.headers);
    request.body = std::move(from.body);
    return request;
}

HttpRequest probe_of(const char* scheme, const std::string& host) {
    HttpRequest probe;
    probe.url = Url::parse(fmt::format("{}://{}/v2/", scheme, host));
    probe.insecure = true;
    return probe;
}

}  // namespace

/// Everybody gets https; only a registry on this machine may speak plain http without being
/// configured, and one that is configured as insecure.
std::string Api::scheme_of(const Endpoint& place) {
    const std::string host = place.reference.api_host();
    if (!is_loopback(host) && !place.insecure) return "https";
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = schemes_.find(host); known != schemes_.end()) return known->second;
    }
    return is_loopback(host) ? probe_loopback(host) : probe_insecure(host);
}

void Api::keep_scheme(const std::string& host, const std::string& scheme) {
    const std::lock_guard lock(mutex_);
    schemes_[host] = scheme;
}

/// A bare "GET /v2/" without credentials finds out: it costs one local round trip, while trying TLS
/// first would load every certificate authority and can hang on a server that waits for a line. A
/// TLS server answers plain text with 400 (Go, nginx) or with something that is no HTTP.
std::string Api::probe_loopback(const std::string& host) {
    try {
        const std::string scheme =
            http_.exchange(probe_of("http", host)).status == 400 ? "https" : "http";
        keep_scheme(host, scheme);
        return scheme;
    } catch (const TransferError& error) {
        if (error.retryable() == Retryable::kUnreachable) throw;
        return "https";  // not kept: a cut connection looks the same
    }
}

/// TLS where there is any.
std::string Api::probe_insecure(const std::string& host) {
    for (const char* scheme : {"https", "http"}) {
        try {
            http_.exchange(probe_of(scheme, host));
            keep_scheme(host, scheme);
            return scheme;
        } catch (const TransferError&) {
            // The request itself will fail the same way, and say so.
        }
    }
    return "https";
}

HttpResponse Api::authorized(const Access& access, HttpRequest request,
                             const BodyReceiver* receiver) {
    request.authorization = as_transfer_error([&] { return auth_.current(access); });
    for (int answers = 0;; ++answers) {
        HttpResponse response = http_.fetch(request, receiver);
        // Where a redirect led to is not the registry: its 401 gets nothing.
        const bool asked = response.status == 401 && response.url.same_origin(request.url);
        if (!asked || answers == kMaxAnswers) return response;
        request.authorization = as_transfer_error(
            [&] { return auth_.answer(access, response, request.authorization); });
    }
}

Url Api::base(const Endpoint& place) {
    return Url::parse(fmt::format("{}://{}/v2/", scheme_of(place), place.reference.api_host()));
}

HttpResponse Api::checked(const Access& access, const Url& registry, HttpRequest request,
                          const BodyReceiver* receiver) {
    const Method method = request.method;
    request.insecure = access.place.insecure && request.url.host == registry.host;
    HttpResponse response = request.url.same_origin(registry)
                                ? authorized(access, std::move(request), receiver)
                                : http_.fetch(std::move(request), receiver);
    if (registry.is_https() && is_loopback(registry.host))
        keep_scheme(access.place.reference.api_host(), registry.scheme);
    // An upload that is asked how far it is answers 204.
    const bool good = method == Method::kGet ? response.status == 200 || response.status == 204 ||
                                                   response.status == 206
                                             : response.status >= 200 && response.status < 300;
    if (good) return response;
    TransferError error = status_error(response);
    if (response.status == 429 && !auth_.has_credentials(access))
        error.with_hint(fmt::format("who is known may ask for more: 'marten login {}'",
                                    access.place.reference.registry));
    if (response.status != 401 && response.status != 403) throw error;
    throw TransferError(Retryable::kNo,
                        fmt::format("{}; asked {}", error.what(), auth_.explanation(access)),
                        std::nullopt, response.status);
}

HttpResponse Api::send(const Access& access, ApiRequest request, const BodyReceiver* receiver) {
    const Url registry = base(access.place);
    const std::string path = fmt::format("{}/{}", access.place.reference.repository, request.path);
    return checked(access, registry, http_request(Url::parse(registry.text + path), request),
                   receiver);
}

bool Api::knock(const Access& access) {
    const Url registry = base(access.place);
    ApiRequest request;
    checked(access, registry, http_request(registry, request), nullptr);
    return !as_transfer_error([&] { return auth_.current(access); }).empty();
}

HttpResponse Api::send_to(const Url& url, const Access& access, ApiRequest request) {
    return checked(access, base(access.place), http_request(url, request), nullptr);
}

}  // namespace mincs::registry
