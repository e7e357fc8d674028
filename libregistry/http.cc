// See http.hh.
#include "libregistry/http.hh"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "libregistry/curl.hh"
#include "libregistry/transfer.hh"

namespace mincs::registry {
namespace {

using EasyHandle = std::unique_ptr<CURL, CurlDeleter>;
using HeaderList = std::unique_ptr<curl_slist, CurlDeleter>;

static_assert(std::is_same_v<curl_off_t, std::int64_t>, "Transfer::on_progress has curl's type");

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
    const CURLcode code = curl().easy_setopt(handle, option, value);
    if (code != CURLE_OK) throw Error("preparing an HTTP request: {}", curl().easy_strerror(code));
}

/// A media type, for example, comes from a document somebody else wrote: a line break in it would
/// be a header more.
void append(HeaderList& list, const std::string& line) {
    for (const char c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            throw Error("'{}' cannot be sent as a header", printable(line.substr(0, 200)));
    curl_slist* longer = curl().slist_append(list.get(), line.c_str());
    if (!longer) throw std::bad_alloc();
    list.release();
    list.reset(longer);
}

HeaderList header_list(const HttpRequest& request) {
    HeaderList list;
    for (const std::string& line : request.headers) append(list, line);
    if (!request.authorization.empty()) append(list, "Authorization: " + request.authorization);
    return list;
}

void set_request(CURL* handle, const HttpRequest& request, const NetworkLimits& limits) {
    set(handle, CURLOPT_URL, request.url.text.c_str());
    set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    set(handle, CURLOPT_FOLLOWLOCATION, 0L);
    // Where TLS offers it. Layers come over several connections all the same, as each handle has
    // its own: one connection would put them all behind one TCP window and one core.
    set(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(handle, CURLOPT_NOSIGNAL, 1L);
    set(handle, CURLOPT_USERAGENT, "mincs/" MINCS_VERSION);
    set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
    set(handle, CURLOPT_BUFFERSIZE, 256L << 10);
    set(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (is_loopback(request.url.host)) set(handle, CURLOPT_PROXY, "");
}

/// A registry's own authorities are added to the system's, which libcurl takes from its directory.
void set_tls(CURL* handle, const HttpRequest& request, const Certificates& certificates) {
    // As openssl(1) and Go's programs do it: a site's own certificate authority.
    if (const char* bundle = std::getenv("SSL_CERT_FILE"); bundle && *bundle)
        set(handle, CURLOPT_CAINFO, bundle);
    if (request.insecure) {
        set(handle, CURLOPT_SSL_VERIFYPEER, 0L);
        set(handle, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!certificates.authorities.empty()) {
        curl_blob blob = {const_cast<char*>(certificates.authorities.data()),
                          certificates.authorities.size(), CURL_BLOB_NOCOPY};
        set(handle, CURLOPT_CAINFO_BLOB, &blob);
    }
    if (!certificates.certificate.empty()) {
        set(handle, CURLOPT_SSLCERT, certificates.certificate.c_str());
        set(handle, CURLOPT_SSLKEY, certificates.key.c_str());
    }
}

void set_method(CURL* handle, const HttpRequest& request) {
    switch (request.method) {
        case Method::kGet:
            return;
        case Method::kHead:
            return set(handle, CURLOPT_NOBODY, 1L);
        case Method::kPost: {
            const std::string& fields = request.form ? *request.form : std::string();
            set(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(fields.size()));
            return set(handle, CURLOPT_COPYPOSTFIELDS, fields.c_str());
        }
        case Method::kPatch:
            set(handle, CURLOPT_CUSTOMREQUEST, "PATCH");
            [[fallthrough]];
        case Method::kPut:
            set(handle, CURLOPT_UPLOAD, 1L);
            set(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
            return set(handle, CURLOPT_INFILESIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size));
    }
}

void set_callbacks(CURL* handle, Transfer& transfer) {
    set(handle, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(handle, CURLOPT_HEADERDATA, &transfer);
    set(handle, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(handle, CURLOPT_WRITEDATA, &transfer);
    set(handle, CURLOPT_READFUNCTION, &Transfer::on_read);
    set(handle, CURLOPT_READDATA, &transfer);
    set(handle, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
    set(handle, CURLOPT_XFERINFODATA, &transfer);
    set(handle, CURLOPT_NOPROGRESS, 0L);
}

/// Failures from before the first byte went out.
bool never_connected(CURLcode code) {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_OPERATION_TIMEDOUT:  // only connecting has a time limit
        case CURLE_SSL_CONNECT_ERROR:
            return true;
        default:
            return false;
    }
}

/// A certificate, theirs or ours, does not get better by looking again.
bool certificate_refused(CURLcode code) {
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CERTPROBLEM;
}

/// TLS 1.3 tells only with its first answer that it wanted to know who comes.
bool wants_our_certificate(std::string_view text) {
    return text.find("alert") != std::string_view::npos &&
           text.find("certificate") != std::string_view::npos;
}

TransferError describe_certificate(std::string_view text, const Url& url) {
    TransferError error(Retryable::kNo,
                        fmt::format("connecting to '{}': {}", url.authority(), printable(text)));
    error.with_hint(
        fmt::format("the certificate of the registry's own authority belongs into "
                    "~/.config/containers/certs.d/{}/ca.crt",
                    url.authority()));
    return error;
}

std::string client_certificate_hint(const Url& url) {
    return fmt::format(
        "if the server wants a client certificate: it belongs into "
        "~/.config/containers/certs.d/{}/, as NAME.cert and NAME.key",
        url.authority());
}

/// In TLS 1.3 a server refuses a client without a certificate after the client's handshake is done
/// (RFC 8446, section 4.4.2.4), and its alert is often overtaken by the reset of the connection.
bool ended_without_a_word(CURL* handle, const Url& url) {
    long header_bytes = 0;
    curl().easy_getinfo(handle, CURLINFO_HEADER_SIZE, &header_bytes);
    return url.is_https() && header_bytes == 0;
}

TransferError describe_client_certificate(const Url& url) {
    TransferError error(
        Retryable::kNo,
        fmt::format("connecting to '{}': the server does not let us in without a client "
                    "certificate that it knows",
                    url.authority()));
    error.with_hint(client_certificate_hint(url));
    return error;
}

TransferError describe_failure(CURL* handle, CURLcode code, const char* detail, const Url& url) {
    const std::string_view text = *detail ? detail : curl().easy_strerror(code);
    if (certificate_refused(code)) return describe_certificate(text, url);
    if (wants_our_certificate(text)) return describe_client_certificate(url);
    if (!never_connected(code)) {
        TransferError error(Retryable::kYes,
                            fmt::format("talking to '{}': {}", url.authority(), printable(text)));
        if (ended_without_a_word(handle, url)) error.with_hint(client_certificate_hint(url));
        return error;
    }
    long os_error = 0;
    curl().easy_getinfo(handle, CURLINFO_OS_ERRNO, &os_error);
    const bool plain = code == CURLE_COULDNT_CONNECT && os_error != 0;
    const std::string why =
        plain ? SysError::errno_text(static_cast<int>(os_error)) : printable(text);
    return TransferError(Retryable::kUnreachable,
                         fmt::format("connecting to '{}': {}", url.authority(), why));
}

/// The three old ones may turn a POST into a GET (RFC 9110, section 15.4): nothing a registry's
/// upload could mean.
bool is_redirect(const HttpRequest& request, long status) {
    if (status == 307 || status == 308) return !request.form;
    const bool reads = request.method == Method::kGet || request.method == Method::kHead;
    return reads && (status == 301 || status == 302 || status == 303);
}

}  // namespace

/// Idle curl handles, each with the connections it keeps open.
class HttpClient::Pool {
 public:
    EasyHandle take() {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                EasyHandle handle =
                    std::move(idle_.back());  // the latest: its connection is still warm
                idle_.pop_back();
                return handle;
            }
        }
        EasyHandle handle(curl().easy_init());
        if (!handle) throw Error("preparing an HTTP request: libcurl refused");
        return handle;
    }
    void give_back(EasyHandle handle) {
        curl().easy_reset(handle.get());
        const std::lock_guard lock(mutex_);
        if (idle_.size() < kMaxIdle) idle_.push_back(std::move(handle));
    }

 private:
    static constexpr std::size_t kMaxIdle = 8;
    std::mutex mutex_;
    std::vector<EasyHandle> idle_;
};

HttpClient::HttpClient(NetworkLimits limits, const std::atomic<bool>* cancelled,
                       std::vector<std::filesystem::path> certificates)
    : limits_(limits),
      cancelled_(cancelled),
      certificates_(std::move(certificates)),
      pool_(std::make_unique<Pool>()) {}

HttpClient::~HttpClient() = default;

void HttpClient::check_cancelled() const {
    if (cancelled_ && *cancelled_) throw Error("stopped on request");
}

void HttpClient::pause(std::chrono::milliseconds time) const {
    const auto end = std::chrono::steady_clock::now() + time;
    for (auto now = end - time; now < end; now = std::chrono::steady_clock::now()) {
        check_cancelled();
        std::this_thread::sleep_for(
            std::min<std::chrono::nanoseconds>(end - now, std::chrono::milliseconds(50)));
    }
}

HttpResponse HttpClient::exchange(const HttpRequest& request, const BodyReceiver* receiver) {
    HttpResponse response;
    response.url = request.url;
    Transfer transfer(*this, request, receiver, response);
    const HeaderList headers = header_list(request);
    char detail[CURL_ERROR_SIZE] = "";
    EasyHandle handle = pool_->take();
    set_request(handle.get(), request, limits_);
    set_method(handle.get(), request);
    if (request.url.is_https()) {
        const auto certificates = [&]() -> const Certificates& {
            return certificates_.find(request.url);
        };
        set_tls(handle.get(), request, as_transfer_error(certificates));
    }
    set_callbacks(handle.get(), transfer);
    set(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    set(handle.get(), CURLOPT_ERRORBUFFER, detail);

    const CURLcode code = curl().easy_perform(handle.get());
    transfer.rethrow_failure();
    if (response.status != 0) reached_ = true;
    if (code != CURLE_OK) {
        const TransferError error = describe_failure(handle.get(), code, detail, request.url);
        if (error.retryable() == Retryable::kUnreachable && reached_)
            throw TransferError(Retryable::kYes, error.what());
        throw error;
    }
    pool_->give_back(std::move(handle));
    return response;
}

HttpResponse HttpClient::fetch(HttpRequest request, const BodyReceiver* receiver) {
    const Url origin = request.url;
    for (int redirects = 0;; ++redirects) {
        HttpResponse response = exchange(request, receiver);
        const std::string location = response.headers.get("location");
        if (!is_redirect(request, response.status) || location.empty()) return response;
        if (redirects == kMaxRedirects)
            throw TransferError(Retryable::kNo, fmt::format("'{}' redirects more than {} times",
                                                            origin.authority(), kMaxRedirects));
        const Url next = as_transfer_error([&] { return request.url.follow(location); });
        // Once away, credentials are gone for good: a way back must not be a way to fish for them.
        if (!next.same_origin(origin)) request.authorization.clear();
        if (next.host != origin.host) request.insecure = false;
        request.url = next;
    }
}

}  // namespace mincs::registry
