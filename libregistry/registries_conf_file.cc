// See registries_conf.hh; here: the files. This file owns tomlplusplus.
//
// What its parser asserts, a file can break: toml++ 3.3 aborts at "[[[", and built with NDEBUG goes
// on with undefined behaviour. Here every assertion is checked, in every build, and one that fails
// is an error of the file's.
#undef NDEBUG
#define TOML_ASSERT(holds) ((holds) ? void() : throw mincs::registry::BrokenToml())

namespace mincs::registry {
struct BrokenToml {};
}  // namespace mincs::registry

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libregistry/registries_conf.hh"

namespace mincs::registry {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystem = "/etc/containers";
constexpr std::string_view kSearch = "unqualified-search-registries";

/// The text with '?' for what is not ASCII: of use in comments only, and toml++ 3.3 takes it for
/// unreachable (__builtin_unreachable) between them.
std::string ascii(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return out;
}

/// One file's tables, read with checked types.
class File {
 public:
    File(std::string_view text, const std::string& origin) : origin_(origin) {
        try {
            root_ = toml::parse(ascii(text));
        } catch (const toml::parse_error& error) {
            throw Error("'{}': line {}: {}", origin, error.source().begin.line,
                        printable(error.description()));
        } catch (const BrokenToml&) {
            throw Error("'{}' is no TOML", origin);
        }
    }

    const toml::table& root() const { return root_; }

    [[noreturn]] void complain(std::string_view why) const {
        throw Error("'{}': {}", origin_, why);
    }

    std::string text(const toml::table& table, std::string_view key) const {
        return value<std::string>(table, key, "text");
    }
    bool flag(const toml::table& table, std::string_view key) const {
        return value<bool>(table, key, "true or false");
    }
    /// The tables of [[key]].
    std::vector<const toml::table*> tables(const toml::table& table, std::string_view key) const {
        std::vector<const toml::table*> found;
        const toml::node* node = table.get(key);
        if (!node) return found;
        if (!node->is_array()) complain(fmt::format("'{}' is no list of tables", key));
        for (const toml::node& item : *node->as_array()) {
            if (!item.is_table()) complain(fmt::format("'{}' is no list of tables", key));
            found.push_back(item.as_table());
        }
        return found;
    }

 private:
    template <typename T>
    T value(const toml::table& table, std::string_view key, std::string_view kind) const {
        const toml::node* node = table.get(key);
        if (!node) return {};
        const std::optional<T> found = node->value_exact<T>();
        if (!found) complain(fmt::format("'{}' is not {}", key, kind));
        return *found;
    }

    const std::string& origin_;
    toml::table root_;
};

/// "host[:port][/path]", where `wildcard` also "*.host"; without what people add to it.
std::string checked_place(const File& file, std::string place, std::string_view key,
                          bool wildcard) {
    while (place.ends_with('/')) place.pop_back();
    if (place.find("://") != std::string::npos)
        file.complain(
            fmt::format("'{}' is written without 'https://': '{}'", key, printable(place)));
    const bool starred = place.find('*') != std::string::npos;
    const bool good_star =
        wildcard && place.starts_with("*.") && place.find_first_of("*/:@", 1) == std::string::npos;
    if (starred && !good_star)
        file.complain(fmt::format("'{}' is no {}: a '*' stands for the first part of a host only",
                                  printable(place), key));
    return place;
}

Mirror read_mirror(const File& file, const toml::table& table, bool by_digest) {
    Mirror mirror;
    mirror.location = checked_place(file, file.text(table, "location"), "location", false);
    mirror.insecure = file.flag(table, "insecure");
    if (mirror.location.empty()) file.complain("a mirror has no location");
    const std::string use = file.text(table, "pull-from-mirror");
    if (by_digest && !use.empty())
        file.complain("'pull-from-mirror' and 'mirror-by-digest-only' stand in one registry");
    if (use == "digest-only" || by_digest)
        mirror.use = Mirror::Use::kByDigest;
    else if (use == "tag-only")
        mirror.use = Mirror::Use::kByTag;
    else if (!use.empty() && use != "all")
        file.complain(fmt::format(
            "'pull-from-mirror' is neither all, digest-only nor tag-only: '{}'", printable(use)));
    return mirror;
}

RegistryEntry read_entry(const File& file, const toml::table& table, const std::string& origin) {
    RegistryEntry entry;
    entry.origin = origin;
    entry.prefix = checked_place(file, file.text(table, "prefix"), "prefix", true);
    entry.location = checked_place(file, file.text(table, "location"), "location", false);
    entry.insecure = file.flag(table, "insecure");
    entry.blocked = file.flag(table, "blocked");
    if (entry.prefix.empty()) entry.prefix = entry.location;
    if (entry.prefix.empty()) file.complain("a registry has neither a prefix nor a location");
    const bool by_digest = file.flag(table, "mirror-by-digest-only");
    for (const toml::table* mirror : file.tables(table, "mirror"))
        entry.mirrors.push_back(read_mirror(file, *mirror, by_digest));
    return entry;
}

std::vector<std::string> read_search(const File& file) {
    const toml::array* list = file.root().get(kSearch)->as_array();
    if (!list) file.complain(fmt::format("'{}' is no list", kSearch));
    std::vector<std::string> search;
    for (const toml::node& item : *list) {
        const auto registry = item.value_exact<std::string>();
        if (!registry) file.complain(fmt::format("'{}' is no list of texts", kSearch));
        search.push_back(checked_place(file, *registry, kSearch, false));
        if (!Reference::names_registry(search.back() + "/"))
            file.complain(
                fmt::format("'{}' in '{}' is no host name", printable(*registry), kSearch));
    }
    return search;
}

/// Short names and what they stand for; nothing: an earlier file's is taken back.
std::map<std::string, std::string> read_aliases(const File& file) {
    std::map<std::string, std::string> aliases;
    const toml::node* node = file.root().get("aliases");
    if (!node) return aliases;
    if (!node->is_table()) file.complain("'aliases' is no table");
    for (const auto& [key, unused] : *node->as_table()) {
        const std::string name(key.str());
        const std::string value = file.text(*node->as_table(), name);
        if (!value.empty() && !Reference::names_registry(value))
            file.complain(fmt::format("the alias '{}' names no registry: '{}'", printable(name),
                                      printable(value)));
        aliases[name] = value;
    }
    return aliases;
}

/// The files *.conf in a directory, in the order of their names.
std::vector<fs::path> drop_ins(const fs::path& directory) {
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error))
        if (i->path().extension() == ".conf" && i->is_regular_file(error))
            files.push_back(i->path());
    std::sort(files.begin(), files.end());
    return files;
}

fs::path user_directory() {
    const char* config = std::getenv("XDG_CONFIG_HOME");
    if (config && *config) return fs::path(config) / "containers";
    const char* home = std::getenv("HOME");
    return home && *home ? fs::path(home) / ".config/containers" : fs::path();
}

void append(std::vector<fs::path>& files, const std::vector<fs::path>& more) {
    files.insert(files.end(), more.begin(), more.end());
}

std::vector<fs::path> files_to_read() {
    const fs::path user = user_directory();
    std::error_code error;
    std::vector<fs::path> files;
    if (!user.empty() && fs::exists(user / "registries.conf", error)) {
        files.push_back(user / "registries.conf");
        append(files, drop_ins(user / "registries.conf.d"));
        return files;
    }
    files.push_back(fs::path(kSystem) / "registries.conf");
    append(files, drop_ins(fs::path(kSystem) / "registries.conf.d"));
    if (!user.empty()) append(files, drop_ins(user / "registries.conf.d"));
    return files;
}

}  // namespace

void RegistriesConf::add(std::string_view toml, const std::string& origin) {
    const File file(toml, origin);
    if (file.root().contains("registries"))
        file.complain("version 1 of this format is not understood, only version 2");
    for (const toml::table* table : file.tables(file.root(), "registry")) {
        RegistryEntry entry = read_entry(file, *table, origin);
        std::erase_if(entries_, [&](const auto& old) { return old.prefix == entry.prefix; });
        entries_.push_back(std::move(entry));
    }
    if (file.root().contains(kSearch)) {
        search_ = read_search(file);
        search_origin_ = origin;
    }
    for (const auto& [name, value] : read_aliases(file))
        if (value.empty())
            aliases_.erase(name);
        else
            aliases_[name] = value;
}

RegistriesConf RegistriesConf::load() {
    RegistriesConf conf;
    if (const char* chosen = std::getenv("CONTAINERS_REGISTRIES_CONF"); chosen && *chosen) {
        conf.add(read_file(chosen), chosen);
        return conf;
    }
    for (const fs::path& path : files_to_read())
        if (const auto text = read_file_if_exists(path)) conf.add(*text, path.string());
    return conf;
}

}  // namespace mincs::registry
