// See credential_store.hh.
#include "libregistry/credential_store.hh"

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/json.hh"
#include "libregistry/base64.hh"
#include "libregistry/credential_helper.hh"

namespace mincs::registry {
namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& file) {
    return "'" + file.string() + "'";
}

/// The file's object; an empty one where there is no file.
Json read_object(const fs::path& file) {
    const std::optional<std::string> text = read_file_if_exists(file);
    if (!text || text->empty()) return Json::object();
    Json document = parse_json(*text, quoted(file));
    if (!document.is_object()) throw Error("{}: not a JSON object", quoted(file));
    for (const char* key : {"auths", "credHelpers"})
        if (document.contains(key) && !document[key].is_object())
            throw Error("{}: '{}' is not an object", quoted(file), key);
    return document;
}

/// A link stays a link: people keep such files elsewhere.
void write_object(const fs::path& file, const Json& document) {
    std::error_code error;
    fs::path target = fs::canonical(file, error);
    if (error) target = file;
    if (target.has_parent_path()) make_directories(target.parent_path(), 0700);
    write_file_atomic(target, dump_json(document, 8) + "\n", 0600);
}

bool means(std::string_view key, const std::string& registry) {
    if (bare_key(key) == registry) return true;
    return registry == "docker.io" &&
           (bare_key(key) == "index.docker.io" || bare_key(key) == "registry-1.docker.io");
}

/// The helper a file names for the registry; empty: none.
std::string helper_for(const Json& document, const std::string& registry, const fs::path& file) {
    if (document.contains("credHelpers"))
        for (const auto& [key, value] : document["credHelpers"].items())
            if (means(key, registry)) {
                if (!value.is_string())
                    throw Error("{}: a credHelpers entry is no string", quoted(file));
                return value.get<std::string>();
            }
    return json_string_if(document, "credsStore", quoted(file)).value_or("");
}

/// The helper that is responsible; empty: the first file is.
std::string responsible_helper(const std::vector<fs::path>& files, const std::string& registry) {
    for (const fs::path& file : files)
        if (std::string helper = helper_for(read_object(file), registry, file); !helper.empty())
            return helper;
    return "";
}

/// Takes the registry's entries away; false: there was none.
bool erase_entries(Json& document, const std::string& registry) {
    if (!document.contains("auths")) return false;
    Json kept = Json::object();
    for (const auto& [key, value] : document["auths"].items())
        if (!means(key, registry)) kept[key] = value;
    const bool any = kept.size() < document["auths"].size();
    document["auths"] = std::move(kept);
    return any;
}

/// docker's own file is left alone unless it is the one that was named.
std::vector<fs::path> ours(std::vector<fs::path> files) {
    if (files.size() > 1)
        std::erase_if(files, [](const fs::path& file) { return file.filename() == "config.json"; });
    return files;
}

/// The first whose directory is there or can be made: nobody but root can make one in /run.
fs::path file_to_keep_in(const std::vector<fs::path>& files) {
    for (const fs::path& file : files) {
        try {
            make_directories(file.parent_path(), 0700);
            return file;
        } catch (const SysError&) {
            continue;
        }
    }
    return files.front();  // writing it will tell why not
}

}  // namespace

std::string keep_credentials(const std::vector<fs::path>& files, const std::string& registry,
                             const Credentials& credentials) {
    if (const std::string helper = responsible_helper(files, registry); !helper.empty()) {
        store_in_helper(helper, helper_key(registry), credentials);
        return "docker-credential-" + helper;
    }
    const fs::path file = file_to_keep_in(ours(files));
    Json document = read_object(file);
    erase_entries(document, registry);
    // docker knows Hub by its oldest name only; podman by all of them.
    const std::string key = file.filename() == "config.json" ? helper_key(registry) : registry;
    document["auths"][key] = {
        {"auth", base64_encode(credentials.user + ":" + credentials.password)}};
    write_object(file, document);
    return quoted(file);
}

std::optional<std::string> forget_credentials(const std::vector<fs::path>& files,
                                              const std::string& registry) {
    if (const std::string helper = responsible_helper(files, registry); !helper.empty()) {
        if (!erase_from_helper(helper, helper_key(registry))) return std::nullopt;
        return "docker-credential-" + helper;
    }
    std::optional<std::string> where;
    for (const fs::path& file : ours(files)) {
        Json document = read_object(file);
        if (!erase_entries(document, registry)) continue;
        write_object(file, document);
        if (!where) where = quoted(file);
    }
    return where;
}

std::vector<std::string> forget_all_credentials(const std::vector<fs::path>& files) {
    const fs::path& file = files.front();
    Json document = read_object(file);
    std::vector<std::string> registries;
    const auto forget_in_helper = [&](const std::string& key) {
        const std::string helper = helper_for(document, std::string(bare_key(key)), file);
        return !helper.empty() && erase_from_helper(helper, key);
    };
    for (const char* list : {"auths", "credHelpers"}) {
        if (!document.contains(list)) continue;
        for (const auto& [key, value] : document[list].items())
            if (forget_in_helper(key) || std::string_view(list) == "auths")
                registries.push_back(key);
    }
    if (document.contains("auths")) {
        document["auths"] = Json::object();
        write_object(file, document);
    }
    return registries;
}

}  // namespace mincs::registry
