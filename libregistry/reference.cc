// See reference.hh.
#include "libregistry/reference.hh"

#include <arpa/inet.h>

#include <algorithm>

#include "libcore/base/error.hh"

namespace mincs::registry {
namespace {

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kHubLibrary = "library/";
constexpr std::size_t kMaxRepository = 255;
constexpr std::size_t kMaxTag = 128;
constexpr std::size_t kMaxHost = 253;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
    return is_digit(c) || is_lower(c) || is_upper(c);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// The text and what is said about it, so that every complaint names what was typed.
class Complaint {
 public:
    explicit Complaint(std::string_view text) : text_(printable(text.substr(0, 300))) {}
    [[noreturn]] void operator()(std::string_view why) const {
        throw UsageError("'{}' is not an image name: {}", text_, why);
    }

 private:
    std::string text_;
};

bool valid_port(std::string_view port) {
    if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit))
        return false;
    const int number = std::stoi(std::string(port));
    return number >= 1 && number <= 65535;
}

bool valid_ipv6(std::string_view inner) {
    in6_addr address;
    return inner.find('\0') == std::string_view::npos &&
           inet_pton(AF_INET6, std::string(inner).c_str(), &address) == 1;
}

bool valid_host_label(std::string_view label) {
    return !label.empty() && label.size() <= 63 && is_word(label.front()) &&
           is_word(label.back()) &&
           std::all_of(label.begin(), label.end(), [](char c) { return is_word(c) || c == '-'; });
}

bool valid_host_name(std::string_view host) {
    if (host.size() > kMaxHost) return false;
    while (true) {
        const std::size_t dot = host.find('.');
        if (!valid_host_label(host.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        host.remove_prefix(dot + 1);
    }
}

/// host, host:port, [v6] or [v6]:port
void check_registry(std::string_view registry, const Complaint& complain) {
    std::string_view host = registry;
    std::string_view rest;
    bool valid = false;
    if (registry.starts_with('[')) {
        const std::size_t close = registry.find(']');
        if (close == std::string_view::npos)
            complain("the ']' of the registry's address is missing");
        host = registry.substr(1, close - 1);
        rest = registry.substr(close + 1);
        valid = valid_ipv6(host);
    } else {
        host = registry.substr(0, registry.find(':'));
        rest = registry.substr(host.size());
        valid = valid_host_name(host);
    }
    if (!valid) complain(fmt::format("'{}' is no host name", printable(host)));
    if (!rest.empty() && (rest[0] != ':' || !valid_port(rest.substr(1))))
        complain("the registry's port is no number between 1 and 65535");
}

/// path-component: alphanumerics joined by one ".", one or two "_", or any number of "-".
bool valid_component(std::string_view part) {
    const auto alnum = [](char c) { return is_digit(c) || is_lower(c); };
    if (part.empty() || !alnum(part.front()) || !alnum(part.back())) return false;
    for (std::size_t i = 0; i < part.size();) {
        std::size_t end = i;
        while (end < part.size() && !alnum(part[end])) ++end;
        const std::string_view separator = part.substr(i, end - i);
        if (!separator.empty() && separator != "." && separator != "_" && separator != "__" &&
            separator.find_first_not_of('-') != std::string_view::npos)
            return false;
        i = end + 1;
    }
    return true;
}

void check_repository(std::string_view repository, const Complaint& complain) {
    if (repository.empty()) complain("no repository is named");
    if (repository.size() > kMaxRepository)
        complain(fmt::format("the repository has more than {} characters", kMaxRepository));
    if (std::any_of(repository.begin(), repository.end(), is_upper))
        complain("a repository is written in lower case");
    std::string_view rest = repository;
    while (true) {
        const std::size_t slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part.empty()) complain("a part between two '/' is empty");
        if (!valid_component(part))
            complain(
                fmt::format("'{}' is not allowed in it (lower-case letters and digits, "
                            "joined by '.', '_', '__' or '-')",
                            printable(part)));
        if (slash == std::string_view::npos) return;
        rest.remove_prefix(slash + 1);
    }
}

void check_tag(std::string_view tag, const Complaint& complain) {
    const auto allowed = [](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; };
    if (tag.empty()) complain("the tag after ':' is empty");
    if (tag.size() > kMaxTag) complain(fmt::format("the tag has more than {} characters", kMaxTag));
    if (tag[0] == '.' || tag[0] == '-' || !std::all_of(tag.begin(), tag.end(), allowed))
        complain(fmt::format("'{}' is no tag (letters, digits, '_', '.', '-')", printable(tag)));
}

void split_registry(std::string_view name, Reference& reference, const Complaint& complain) {
    const std::size_t slash = name.find('/');
    const std::string_view first = name.substr(0, slash);
    if (!Reference::names_registry(name)) {
        reference.registry = kHub;
        reference.repository = name;
    } else {
        check_registry(lower(first), complain);
        reference.registry = lower(first);
        if (reference.registry == "index.docker.io") reference.registry = kHub;
        reference.repository = name.substr(slash + 1);
    }
    if (reference.registry == kHub && reference.repository.find('/') == std::string::npos &&
        !reference.repository.empty())
        reference.repository.insert(0, kHubLibrary);
}

}  // namespace

bool Reference::names_registry(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view first = text.substr(0, slash);
    return first.find_first_of(".:") != std::string_view::npos || lower(first) == "localhost";
}

std::size_t Reference::name_length(std::string_view text) {
    text = text.substr(0, text.find('@'));
    // A ':' before the last '/' belongs to a port.
    const std::size_t slash = text.rfind('/');
    const std::size_t colon = text.rfind(':');
    const bool tagged =
        colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash);
    return tagged ? colon : text.size();
}

Reference Reference::parse(std::string_view text) {
    const Complaint complain(text);
    if (text.empty()) complain("it is empty");
    if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos)
        complain(fmt::format("leave out '{}'", printable(text.substr(0, scheme + 3))));

    Reference reference;
    std::string_view name = text;
    if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
        try {
            reference.digest = Digest::parse(name.substr(at + 1));
        } catch (const Error& error) {
            complain(error.what());
        }
        name = name.substr(0, at);
    }
    if (const std::size_t colon = name_length(name); colon < name.size()) {
        check_tag(name.substr(colon + 1), complain);
        reference.tag = name.substr(colon + 1);
        name = name.substr(0, colon);
    }
    // An image's ID must never be looked up at a registry by mistake (distribution,
    // reference/normalize.go).
    if (name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos)
        complain("64 hex digits are an image's ID");
    split_registry(name, reference, complain);
    check_repository(reference.repository, complain);
    if (reference.tag.empty() && !reference.digest) reference.tag = "latest";
    return reference;
}

std::string Reference::to_string() const {
    std::string name = registry + "/" + repository;
    if (!tag.empty()) name += ":" + tag;
    if (digest) name += "@" + digest->to_string();
    return name;
}

std::string Reference::familiar_name() const {
    return familiar_name(to_string());
}

std::string Reference::familiar_name(std::string_view whole) {
    std::string_view name = whole;
    if (!name.starts_with(kHub) || name.substr(kHub.size(), 1) != "/") return std::string(whole);
    name.remove_prefix(kHub.size() + 1);
    const bool one_word = name.starts_with(kHubLibrary) &&
                          name.find('/', kHubLibrary.size()) == std::string_view::npos;
    if (one_word) name.remove_prefix(kHubLibrary.size());
    // "docker.io/foo.com/x" must not be read back as a registry's.
    return std::string(names_registry(name) ? whole : name);
}

std::string Reference::manifest_key() const {
    return digest ? digest->to_string() : tag;
}

std::string Reference::api_host() const {
    return registry == kHub ? "registry-1.docker.io" : registry;
}

}  // namespace mincs::registry
