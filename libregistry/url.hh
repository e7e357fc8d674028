// URLs, by libcurl's parser, so that what is checked here is what is later connected to. Only http
// and https exist for this client, whatever a registry, a redirect or a token realm says.
#pragma once

#include <string>
#include <string_view>

namespace mincs::registry {

struct Url {
    std::string text;    ///< the whole, normalised
    std::string scheme;  ///< "http" or "https"
    std::string host;    ///< lower case; an IPv6 address in brackets
    std::string port;    ///< always given

    /// Throws Error for another scheme, for a user name in it, for what is no URL.
    static Url parse(std::string_view text);
    /// `location` as a redirect's answer to this URL; relative ones too (RFC 3986, section 5).
    Url resolve(std::string_view location) const;

    /// Where an answer sends us on: never from https down to http, and by http only to this machine
    /// or back to the one that is spoken to so already. Throws Error.
    Url follow(std::string_view location) const;
    /// With `fields` ("name=value") behind what its query says already.
    Url with_query(std::string_view fields) const;

    bool is_https() const { return scheme == "https"; }
    /// The same scheme, host and port: the only place an Authorization header may go again.
    bool same_origin(const Url& other) const;
    /// "host" or "host:port" where the port is not the scheme's own; for messages.
    std::string authority() const;
};

/// 127.0.0.0/8, [::1] or localhost, with or without ":port": the hosts plain HTTP may be spoken
/// with.
bool is_loopback(std::string_view host);

/// For a query string: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace mincs::registry
