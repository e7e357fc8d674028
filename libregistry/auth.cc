// See auth.hh.
#include "libregistry/auth.hh"

#include <algorithm>

#include "libcore/base/json.hh"
#include "libregistry/api_error.hh"
#include "libregistry/base64.hh"

namespace mincs::registry {
namespace {

/// distribution's token specification: what holds where a token server names no time.
constexpr std::int64_t kDefaultLifeSeconds = 60;
constexpr std::int64_t kLongestLifeSeconds = 24 * 3600;

std::string key_of(const Reference& reference) {
    return reference.registry + "/" + reference.repository;
}

std::string key_of(const Access& access) {
    return fmt::format("{}{} {}", key_of(access.place.reference), access.push ? " push" : "",
                       access.mount_from);
}

/// distribution's token specification: "repository:NAME:ACTIONS". What a registry asks for is what
/// this one request needs; a push is many requests, so its token is asked for all of them. Of a
/// registry as a whole (a login) nothing is asked for.
std::vector<std::string> scopes_of(const Access& access, const Challenge& challenge) {
    std::vector<std::string> scopes;
    const std::string& repository = access.place.reference.repository;
    if (const std::string asked = challenge.get("scope"); !asked.empty() && !access.push)
        scopes.push_back(asked);
    else if (!repository.empty())
        scopes.push_back(
            fmt::format("repository:{}:{}", repository, access.push ? "pull,push" : "pull"));
    if (!access.mount_from.empty())
        scopes.push_back(fmt::format("repository:{}:pull", access.mount_from));
    return scopes;
}

/// Bearer before Basic: a registry that offers both prefers its token server.
Challenge choose_challenge(const HttpResponse& response) {
    std::vector<Challenge> offered;
    for (const std::string& header : response.headers.all("www-authenticate"))
        for (Challenge& challenge : parse_challenges(header)) offered.push_back(challenge);
    for (const char* scheme : {"bearer", "basic"})
        for (const Challenge& challenge : offered)
            if (challenge.scheme == scheme) return challenge;
    throw TransferError(
        Retryable::kNo,
        offered.empty()
            ? std::string("the registry asks for authentication but not for which (HTTP 401)")
            : fmt::format("the registry asks for '{}' authentication, which is not known here",
                          printable(offered[0].scheme.substr(0, 60))));
}

std::string basic_value(const Credentials& credentials) {
    return "Basic " + base64_encode(credentials.user + ":" + credentials.password);
}

/// Credentials and tokens go over plain http only inside this machine, or to a registry that is
/// spoken to so by its administrator's wish.
Url checked_realm(const Challenge& challenge, const Url& registry) {
    const std::string realm = challenge.get("realm");
    if (realm.empty())
        throw TransferError(Retryable::kNo, "the registry asks for a token but names no realm");
    Url url = Url::parse(realm);
    const bool inside = is_loopback(url.host) && is_loopback(registry.host);
    const bool same = !registry.is_https() && url.host == registry.host;
    if (!url.is_https() && !inside && !same)
        throw Error("the registry sends to '{}' for a token over plain http", url.authority());
    return url;
}

std::string field(std::string_view name, std::string_view value) {
    return fmt::format("{}={}", name, percent_encode(value));
}

HttpRequest token_request(const Challenge& challenge, const Url& registry, const Access& access,
                          const std::optional<Credentials>& credentials) {
    HttpRequest request;
    request.url = checked_realm(challenge, registry);
    request.insecure = access.place.insecure && request.url.host == registry.host;
    request.headers = {"Accept: application/json"};
    const std::vector<std::string> scopes = scopes_of(access, challenge);
    std::vector<std::string> fields;
    if (const std::string service = challenge.get("service"); !service.empty())
        fields.push_back(field("service", service));
    if (credentials && !credentials->identity_token.empty()) {
        // distribution's oauth2 flow: the refresh token travels in the body, never in a URL.
        fields.push_back(field("scope", fmt::format("{}", fmt::join(scopes, " "))));
        fields.insert(fields.end(), {"grant_type=refresh_token", "client_id=mincs",
                                     field("refresh_token", credentials->identity_token)});
        request.method = Method::kPost;
        request.form = fmt::format("{}", fmt::join(fields, "&"));
        return request;
    }
    if (credentials) {
        fields.push_back(field("account", credentials->user));
        request.authorization = basic_value(*credentials);
    }
    for (const std::string& scope : scopes) fields.push_back(field("scope", scope));
    if (!fields.empty())
        request.url = request.url.with_query(fmt::format("{}", fmt::join(fields, "&")));
    return request;
}

struct Token {
    std::string value;
    std::chrono::seconds life;
};

Token parse_token(std::string_view body, const Url& realm) {
    const std::string what = fmt::format("the token from '{}'", realm.authority());
    const Json answer = parse_json(body, what, {.bytes = 256u << 10, .depth = 16});
    std::string value = json_string_if(answer, "token", what).value_or("");
    if (value.empty()) value = json_string_if(answer, "access_token", what).value_or("");
    // It goes into a header line: no line breaks, nothing that is not printable ASCII.
    const auto fits = [](char c) { return c > 0x20 && c < 0x7f; };
    if (value.empty() || value.size() > (32u << 10) ||
        !std::all_of(value.begin(), value.end(), fits))
        throw Error("{}: there is none in the answer that could be used", what);
    const std::int64_t named =
        json_int_if(answer, "expires_in", what).value_or(kDefaultLifeSeconds);
    const std::int64_t life = std::clamp(named, std::int64_t{1}, kLongestLifeSeconds);
    return {value, std::chrono::seconds(life)};
}

}  // namespace

const CredentialSearch& Authorizer::search(const Reference& reference) {
    const std::string key = key_of(reference);
    if (const auto known = found_.find(key); known != found_.end()) return known->second;
    CredentialSearch found = credentials_
                                 ? CredentialSearch{credentials_, ""}
                                 : find_credentials(credential_files(auth_file_), reference);
    return found_.emplace(key, std::move(found)).first->second;
}

bool Authorizer::has_credentials(const Access& access) {
    const std::lock_guard lock(mutex_);
    return search(access.place.reference).credentials.has_value();
}

std::string Authorizer::explanation(const Access& access) {
    const Reference& reference = access.place.reference;
    const std::lock_guard lock(mutex_);
    const CredentialSearch& known = search(reference);
    if (!known.trouble.empty()) return known.trouble;
    if (known.credentials)
        return fmt::format("with the credentials from {}", known.credentials->origin);
    return fmt::format("without credentials, as none are kept for '{}'", reference.registry);
}

std::string Authorizer::current(const Access& access) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key_of(access));
    if (found == entries_.end()) return "";
    if (Clock::now() >= found->second.expires) renew(found->second, access);
    return found->second.value;
}

std::string Authorizer::answer(const Access& access, const HttpResponse& response,
                               std::string_view used) {
    const Challenge challenge = choose_challenge(response);
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[key_of(access)];
    // Another thread was quicker: its value has not been tried yet.
    if (!entry.value.empty() && entry.value != used) return entry.value;
    entry.challenge = challenge;
    entry.registry = response.url;
    renew(entry, access);
    return entry.value;
}

void Authorizer::renew(Entry& entry, const Access& access) {
    if (entry.challenge.scheme == "bearer")
        renew_bearer(entry, access);
    else
        renew_basic(entry, access.place.reference);
}

void Authorizer::renew_basic(Entry& entry, const Reference& reference) {
    const CredentialSearch& known = search(reference);
    if (!known.credentials || known.credentials->user.empty())
        throw TransferError(
            Retryable::kNo,
            fmt::format("'{}' asks for a user name and a password, but {} (HTTP 401)",
                        reference.registry,
                        known.trouble.empty() ? "none are kept for it" : known.trouble));
    const std::string value = basic_value(*known.credentials);
    if (value == entry.value)
        throw TransferError(Retryable::kNo,
                            fmt::format("'{}' refuses the credentials from {} (HTTP 401)",
                                        reference.registry, known.credentials->origin));
    entry.value = value;
    entry.expires = Clock::time_point::max();
}

void Authorizer::renew_bearer(Entry& entry, const Access& access) {
    const CredentialSearch& known = search(access.place.reference);
    const HttpRequest request =
        token_request(entry.challenge, entry.registry, access, known.credentials);
    const HttpResponse response = http_.fetch(request);
    if (response.status != 200) {
        const std::string who = known.credentials ? fmt::format(" with the credentials from {}",
                                                                known.credentials->origin)
                                                  : std::string();
        throw status_error(response,
                           fmt::format("no token from '{}'{}: ", request.url.authority(), who));
    }
    const Token token = parse_token(response.body, request.url);
    entry.value = "Bearer " + token.value;
    // Used up a little early, so that it does not run out on its way.
    const auto margin =
        std::min<std::chrono::milliseconds>(std::chrono::seconds(10), token.life / 10);
    entry.expires = Clock::now() + token.life - margin;
}

}  // namespace mincs::registry
