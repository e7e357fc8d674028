// See credential_helper.hh.
#include "libregistry/credential_helper.hh"

#include <utility>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"
#include "libcore/base/process.hh"

namespace mincs::registry {
namespace {

constexpr std::chrono::seconds kHelperTimeout{60};  // it may ask a hardware key, or a person

std::string program_of(const std::string& name, std::string_view what) {
    const bool valid = !name.empty() && name.size() <= 64 && name[0] != '-' &&
                       name.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                           std::string::npos;
    if (!valid) throw Error("{}: '{}' is no name of a credential helper", what, printable(name));
    return "docker-credential-" + name;
}

/// The protocol says "not found" in words, on stdout.
bool has_none(const CommandResult& result) {
    return result.status != 0 && result.output.find("credentials not found") != std::string::npos;
}

std::string failure_of(const std::string& program, const CommandResult& result) {
    const std::string& said = result.errors.empty() ? result.output : result.errors;
    return fmt::format("'{}' failed: {}", program,
                       printable(std::string_view(said).substr(0, 200)));
}

}  // namespace

std::string helper_key(const std::string& registry) {
    return registry == "docker.io" ? std::string(kHubKey) : registry;
}

std::string_view bare_key(std::string_view key) {
    for (const std::string_view scheme : {"https://", "http://"})
        if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
    for (const std::string_view suffix : {"/", "/v1", "/v2"})
        if (key.ends_with(suffix)) key.remove_suffix(suffix.size());
    return key;
}

CredentialSearch ask_helper(const std::string& name, const std::string& key,
                            const std::string& what) {
    const std::string program = program_of(name, what);
    try {
        const CommandResult result = run_command({program, "get"}, key, kHelperTimeout);
        if (has_none(result)) return {};
        if (result.status != 0) return {std::nullopt, failure_of(program, result)};
        const Json answer = parse_json(result.output, "the answer of '" + program + "'");
        Credentials found;
        found.origin = program;
        found.user = json_string(answer, "Username", program);
        found.password = json_string(answer, "Secret", program);
        if (found.user == "<token>") found.identity_token = std::exchange(found.password, "");
        return {found, ""};
    } catch (const Error& error) {
        return {std::nullopt, error.what()};
    }
}

void store_in_helper(const std::string& name, const std::string& key,
                     const Credentials& credentials) {
    const std::string program = program_of(name, key);
    const Json entry = {
        {"ServerURL", key}, {"Username", credentials.user}, {"Secret", credentials.password}};
    const CommandResult result = run_command({program, "store"}, dump_json(entry), kHelperTimeout);
    if (result.status != 0) throw Error("{}", failure_of(program, result));
}

bool erase_from_helper(const std::string& name, const std::string& key) {
    const std::string program = program_of(name, key);
    const CommandResult known = run_command({program, "get"}, key, kHelperTimeout);
    if (has_none(known)) return false;
    const CommandResult result = run_command({program, "erase"}, key, kHelperTimeout);
    if (result.status != 0 && !has_none(result)) throw Error("{}", failure_of(program, result));
    return true;
}

}  // namespace mincs::registry
