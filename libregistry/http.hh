// HTTP for a registry client: single exchanges over libcurl (whose easy interface this file owns),
// and redirects, followed here rather than by libcurl so that one rule holds: credentials never
// leave the origin they are meant for. Every header, body and wait is bounded. Proxies: libcurl's
// http_proxy, HTTPS_PROXY, NO_PROXY; none to loopback.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libcore/base/error.hh"
#include "libregistry/certificates.hh"
#include "libregistry/limits.hh"
#include "libregistry/url.hh"

namespace mincs::registry {

enum class Retryable {
    kNo,           ///< the same again would fail again
    kUnreachable,  ///< name, connection or TLS: worth it only where the network is known to work
    kYes,
};

/// An exchange that failed. Retry loops catch it; nobody else does.
class TransferError : public Error {
 public:
    TransferError(Retryable retryable, std::string_view text,
                  std::optional<std::chrono::milliseconds> retry_after = std::nullopt,
                  long status = 0)
        : Error("{}", text), retryable_(retryable), retry_after_(retry_after), status_(status) {}

    Retryable retryable() const { return retryable_; }
    /// The HTTP status that was the failure; 0 where there was none.
    long status() const { return status_; }
    /// What the server asks to wait, if it says.
    std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }

 private:
    Retryable retryable_;
    std::optional<std::chrono::milliseconds> retry_after_;
    long status_;
};

/// Runs `body`; an Error that is no TransferError becomes one that is not worth a retry.
template <typename Body>
decltype(auto) as_transfer_error(Body body) {
    try {
        return body();
    } catch (const TransferError&) {
        throw;
    } catch (const Error& error) {
        throw TransferError(Retryable::kNo, error.what());
    }
}

class HttpHeaders {
 public:
    /// One line as received, "Name: value"; others are dropped.
    void add_line(std::string_view line);
    void clear() { lines_.clear(); }
    /// The first of that name (lower case); empty where there is none.
    std::string get(std::string_view name) const;
    std::vector<std::string> all(std::string_view name) const;

 private:
    std::vector<std::pair<std::string, std::string>> lines_;
};

/// A header's whole number, not negative; nothing where it is none.
std::optional<std::int64_t> to_number(std::string_view text);

enum class Method { kGet, kHead, kPost, kPut, kPatch };

/// The next piece of some bytes, empty at their end; valid until the next call.
using Pieces = std::function<std::string_view()>;

/// A body that is sent piece by piece, asked for anew each time the request has to be sent again.
struct RequestBody {
    std::int64_t size = 0;  ///< bytes that all pieces come to
    std::function<Pieces()> open;
};

struct HttpRequest {
    Url url;
    Method method = Method::kGet;
    std::vector<std::string> headers;  ///< "Name: value"
    std::string authorization;         ///< value of that header; empty: none
    std::optional<std::string> form;   ///< of a POST: these url-encoded fields
    RequestBody body;                  ///< of a PUT or a PATCH
    bool insecure = false;             ///< TLS with any certificate will do
};

struct HttpResponse {
    Url url;  ///< who answered, after redirects
    long status = 0;
    HttpHeaders headers;
    std::string body;  ///< what no receiver took, `HttpClient::kMaxBody` bytes at most
};

/// Takes the body of a response piece by piece instead of HttpResponse::body.
struct BodyReceiver {
    /// Called once the headers are there: false leaves the body (an error's text) to HttpResponse.
    std::function<bool(const HttpResponse&)> wants;
    /// May throw; the transfer ends then, and the exception goes to the caller.
    std::function<void(std::string_view)> data;
};

/// Thread-safe; each call uses a connection of its own and leaves it for the next one.
class HttpClient {
 public:
    static constexpr std::size_t kMaxBody = 4u << 20;
    static constexpr std::size_t kMaxHeaderBytes = 64u << 10;
    static constexpr int kMaxRedirects = 10;

    /// `certificates`: directories as in CertificateStore.
    HttpClient(NetworkLimits limits, const std::atomic<bool>* cancelled,
               std::vector<std::filesystem::path> certificates);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;

    /// One request, its redirects followed. Any status is returned; a broken exchange or a
    /// forbidden redirect throws TransferError.
    HttpResponse fetch(HttpRequest request, const BodyReceiver* receiver = nullptr);
    /// The same without following a redirect.
    HttpResponse exchange(const HttpRequest& request, const BodyReceiver* receiver = nullptr);

    const NetworkLimits& limits() const { return limits_; }
    /// Throws Error once the client's owner has asked to stop.
    void check_cancelled() const;
    /// Sleeps, but not past a cancellation.
    void pause(std::chrono::milliseconds time) const;

 private:
    class Pool;
    NetworkLimits limits_;
    const std::atomic<bool>* cancelled_;
    CertificateStore certificates_;
    std::unique_ptr<Pool> pool_;
    std::atomic<bool> reached_ = false;
};

}  // namespace mincs::registry
