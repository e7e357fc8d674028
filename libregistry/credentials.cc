// See credentials.hh.
#include "libregistry/credentials.hh"

#include <unistd.h>

#include <cstdlib>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/json.hh"
#include "libregistry/base64.hh"
#include "libregistry/credential_helper.hh"

namespace mincs::registry {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// Keys to look for, the most specific first.
std::vector<std::string> lookup_keys(const Reference& reference) {
    std::vector<std::string> keys;
    std::string path = reference.registry + "/" + reference.repository;
    for (std::size_t slash = path.size(); slash != std::string::npos; slash = path.rfind('/')) {
        path.resize(slash);
        keys.push_back(path);
    }
    if (reference.registry == "docker.io")
        keys.insert(keys.end(), {"index.docker.io", "registry-1.docker.io"});
    return keys;
}

const Json* object_member(const Json& object, const char* key, std::string_view what) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return nullptr;
    if (!found->is_object()) throw Error("{}: '{}' is not an object", what, key);
    return &*found;
}

/// The member of `object` whose key means `wanted`.
const Json* entry_for(const Json* object, std::string_view wanted) {
    if (!object) return nullptr;
    for (const auto& [key, value] : object->items())
        if (key == wanted || bare_key(key) == wanted) return &value;
    return nullptr;
}

/// An entry of "auths"; nothing for the empty ones docker leaves behind where a helper keeps the
/// secret.
std::optional<Credentials> from_entry(const Json& entry, const std::string& what) {
    if (!entry.is_object()) throw Error("{}: an entry of 'auths' is not an object", what);
    Credentials found;
    found.origin = what;
    found.identity_token = json_string_if(entry, "identitytoken", what).value_or("");
    found.user = json_string_if(entry, "username", what).value_or("");
    found.password = json_string_if(entry, "password", what).value_or("");
    if (const auto auth = json_string_if(entry, "auth", what); auth && !auth->empty()) {
        const std::optional<std::string> pair = base64_decode(*auth);
        const std::size_t colon = pair ? pair->find(':') : std::string::npos;
        if (colon == std::string::npos)
            throw Error("{}: an 'auth' entry is not the base64 of USER:PASSWORD", what);
        found.user = pair->substr(0, colon);
        found.password = pair->substr(colon + 1);
        // docker pads the pair with zero bytes
        found.password.resize(found.password.find_last_not_of('\0') + 1);
    }
    if (found.user.empty() && found.identity_token.empty()) return std::nullopt;
    return found;
}

CredentialSearch search_file(const Json& document, const Reference& reference,
                             const std::string& what) {
    const Json* helpers = object_member(document, "credHelpers", what);
    const Json* auths = object_member(document, "auths", what);
    for (const std::string& key : lookup_keys(reference)) {
        if (const Json* helper = entry_for(helpers, key)) {
            if (!helper->is_string()) throw Error("{}: a credHelpers entry is no string", what);
            return ask_helper(helper->get<std::string>(), helper_key(reference.registry), what);
        }
        if (const Json* entry = entry_for(auths, key))
            if (auto found = from_entry(*entry, what)) return {std::move(found), ""};
    }
    if (const auto store = json_string_if(document, "credsStore", what); store && !store->empty())
        return ask_helper(*store, helper_key(reference.registry), what);
    return {};
}

}  // namespace

std::vector<fs::path> credential_files(const std::string& auth_file) {
    if (!auth_file.empty()) return {auth_file};
    if (const std::string chosen = environment("REGISTRY_AUTH_FILE"); !chosen.empty())
        return {chosen};
    const std::string home = environment("HOME");
    const std::string runtime = environment("XDG_RUNTIME_DIR");
    std::vector<fs::path> files = {
        runtime.empty() ? fs::path(fmt::format("/run/containers/{}/auth.json", getuid()))
                        : fs::path(runtime) / "containers/auth.json"};
    std::string config = environment("XDG_CONFIG_HOME");
    if (config.empty() && !home.empty()) config = home + "/.config";
    if (!config.empty()) files.push_back(fs::path(config) / "containers/auth.json");
    std::string docker = environment("DOCKER_CONFIG");
    if (docker.empty() && !home.empty()) docker = home + "/.docker";
    if (!docker.empty()) files.push_back(fs::path(docker) / "config.json");
    return files;
}

CredentialSearch find_credentials(const std::vector<fs::path>& files, const Reference& reference) {
    CredentialSearch result;
    for (const fs::path& file : files) {
        const std::optional<std::string> text = read_file_if_exists(file);
        if (!text || text->empty()) continue;
        const std::string what = "'" + file.string() + "'";
        const Json document = parse_json(*text, what);
        if (!document.is_object()) throw Error("{}: not a JSON object", what);
        CredentialSearch found = search_file(document, reference, what);
        if (found.credentials) return found;
        if (result.trouble.empty()) result.trouble = found.trouble;
    }
    return result;
}

}  // namespace mincs::registry
