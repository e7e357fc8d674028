// See api.hh.
#include "libregistry/api.hh"

#include "libregistry/api_error.hh"

namespace mincs::registry {
namespace {

/// A cached value, then a fresh one: a registry that refuses that too will refuse for ever.
constexpr int kMaxAnswers = 2;

}  // namespace

/// Everybody gets https; only a registry on this machine may speak plain http, and need not say so
/// beforehand. A bare "GET /v2/" without credentials finds out: it costs one local round trip,
/// while trying TLS first would load every certificate authority and can hang on a server that
/// waits for a line. A TLS server answers plain text with 400 (Go, nginx) or with something that is
/// no HTTP.
std::string Api::scheme_of(const std::string& host) {
    if (!is_loopback(host)) return "https";
    {
        const std::lock_guard lock(mutex_);
        if (const auto known = schemes_.find(host); known != schemes_.end()) return known->second;
    }
    HttpRequest probe;
    probe.url = Url::parse("http://" + host + "/v2/");
    try {
        const std::string scheme = http_.exchange(probe).status == 400 ? "https" : "http";
        const std::lock_guard lock(mutex_);
        return schemes_[host] = scheme;
    } catch (const TransferError& error) {
        if (error.retryable() == Retryable::kUnreachable) throw;
        return "https";  // not kept: a cut connection looks the same
    }
}

HttpResponse Api::authorized(const Reference& reference, HttpRequest request,
                             const BodyReceiver* receiver) {
    request.authorization = as_transfer_error([&] { return auth_.current(reference); });
    for (int answers = 0;; ++answers) {
        HttpResponse response = http_.fetch(request, receiver);
        // Where a redirect led to is not the registry: its 401 gets nothing.
        const bool asked = response.status == 401 && response.url.same_origin(request.url);
        if (!asked || answers == kMaxAnswers) return response;
        request.authorization = as_transfer_error(
            [&] { return auth_.answer(reference, response, request.authorization); });
    }
}

HttpResponse Api::get(const Reference& reference, std::string_view path,
                      std::vector<std::string> headers, const BodyReceiver* receiver) {
    const std::string host = reference.api_host();
    const std::string scheme = scheme_of(host);
    HttpRequest request;
    request.url =
        Url::parse(fmt::format("{}://{}/v2/{}/{}", scheme, host, reference.repository, path));
    request.headers = std::move(headers);
    HttpResponse response = authorized(reference, std::move(request), receiver);
    if (scheme == "https" && is_loopback(host)) {
        const std::lock_guard lock(mutex_);
        schemes_[host] = scheme;
    }
    if (response.status == 200 || response.status == 206) return response;
    const TransferError error = status_error(response);
    if (response.status != 401 && response.status != 403) throw error;
    throw TransferError(Retryable::kNo,
                        fmt::format("{}; asked {}", error.what(), auth_.explanation(reference)));
}

}  // namespace mincs::registry
