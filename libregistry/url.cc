// See url.hh.
#include "libregistry/url.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <memory>

#include "libcore/base/error.hh"
#include "libregistry/curl.hh"

namespace mincs::registry {
namespace {

constexpr std::size_t kMaxUrl = 16u << 10;

using Handle = std::unique_ptr<CURLU, CurlDeleter>;

std::string part(CURLU* handle, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl().url_get(handle, which, &text, flags) != CURLUE_OK) return "";
    const std::unique_ptr<char, CurlDeleter> owner(text);
    return text;
}

void set(CURLU* handle, std::string_view text) {
    const auto complain = [&](std::string_view why) {
        throw Error("'{}' is not a URL to fetch from: {}", printable(text.substr(0, 200)), why);
    };
    if (text.size() > kMaxUrl) complain("too long");
    if (text.find('\0') != std::string_view::npos) complain("it contains a zero byte");
    const CURLUcode code =
        curl().url_set(handle, CURLUPART_URL, std::string(text).c_str(), CURLU_DISALLOW_USER);
    if (code == CURLUE_UNSUPPORTED_SCHEME) complain("only http and https are allowed");
    if (code != CURLUE_OK) complain(curl().url_strerror(code));
}

Url read(CURLU* handle) {
    Url url;
    url.scheme = part(handle, CURLUPART_SCHEME);
    if (url.scheme != "http" && url.scheme != "https")
        throw Error("'{}' is not a URL to fetch from: only http and https are allowed",
                    printable(part(handle, CURLUPART_URL).substr(0, 200)));
    curl().url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
    url.text = part(handle, CURLUPART_URL);
    url.host = part(handle, CURLUPART_HOST);
    for (char& c : url.host)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    // libcurl undoes %XX in it; what then is no letter could speak to a terminal.
    if (std::any_of(url.host.begin(), url.host.end(), [](char c) { return c <= ' ' || c > '~'; }))
        throw Error("'{}' is not a URL to fetch from: its host is not written in ASCII",
                    printable(url.text.substr(0, 200)));
    url.port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    return url;
}

}  // namespace

Url Url::parse(std::string_view text) {
    const Handle handle(curl().url());
    set(handle.get(), text);
    return read(handle.get());
}

Url Url::resolve(std::string_view location) const {
    const Handle handle(curl().url());
    set(handle.get(), text);
    set(handle.get(), location);
    return read(handle.get());
}

Url Url::follow(std::string_view location) const {
    Url to = resolve(location);
    const bool plain_already = !is_https() && (is_loopback(to.host) || to.host == host);
    if (!to.is_https() && !plain_already)
        throw Error("'{}' sends on to '{}' over plain http", authority(), to.authority());
    return to;
}

Url Url::with_query(std::string_view fields) const {
    const char joint = text.find('?') == std::string::npos ? '?' : '&';
    return parse(fmt::format("{}{}{}", text, joint, fields));
}

bool Url::same_origin(const Url& other) const {
    return scheme == other.scheme && host == other.host && port == other.port;
}

std::string Url::authority() const {
    return port == (is_https() ? "443" : "80") ? host : host + ":" + port;
}

bool is_loopback(std::string_view host) {
    const std::size_t close = host.rfind(']');
    const std::size_t colon = host.rfind(':');
    if (colon != std::string_view::npos && (close == std::string_view::npos || colon > close))
        host = host.substr(0, colon);
    if (host == "localhost" || host == "[::1]") return true;
    in_addr address = {};
    return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
           ntohl(address.s_addr) >> 24 == 127;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace mincs::registry
