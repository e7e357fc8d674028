// How this machine's administrator wants registries to be used: containers-registries.conf(5),
// version 2. Short names, other places for a name's images, mirrors, places without TLS, places
// that are forbidden. Knows no network.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/reference.hh"

namespace mincs::registry {

/// A place that a repository is read from or written to.
struct Endpoint {
    Reference reference;    ///< the name there; errors and the store use the one people know
    bool insecure = false;  ///< plain HTTP and TLS with any certificate will do
};

struct Mirror {
    enum class Use { kAlways, kByDigest, kByTag };
    std::string location;
    bool insecure = false;
    Use use = Use::kAlways;
};

/// One [[registry]] table.
struct RegistryEntry {
    std::string prefix;  ///< "host[:port][/path…]" or "*.host"
    std::string location;
    bool insecure = false;
    bool blocked = false;
    std::vector<Mirror> mirrors;
    std::string origin;  ///< the file, for messages
};

class RegistriesConf {
 public:
    /// As if there were no file.
    RegistriesConf() = default;
    /// The host's: $CONTAINERS_REGISTRIES_CONF alone; else the user's registries.conf with the
    /// user's drop-ins; else that in /etc/containers with the drop-ins of both. Throws Error naming
    /// the file that is wrong.
    static RegistriesConf load();

    /// Adds a file's settings; they go before earlier ones. `origin` names it in errors.
    void add(std::string_view toml, const std::string& origin);

    /// What a typed name means. One without a registry is an alias, else in the one registry that
    /// such names are looked up in, else on Docker Hub. Throws UsageError where it is no name, or
    /// where there are several such registries.
    Reference resolve(std::string_view typed) const;
    /// Where to read an image, the first that works: mirrors, at last the registry itself. Throws
    /// Error where that is forbidden.
    std::vector<Endpoint> sources(const Reference& reference) const;
    /// Where to write it: mirrors and other places are for reading only.
    Endpoint target(const Reference& reference) const;

 private:
    const RegistryEntry* find(const std::string& name, std::size_t& length) const;
    const RegistryEntry* allowed(const Reference& reference, std::size_t& length) const;

    std::vector<RegistryEntry> entries_;
    std::vector<std::string> search_;
    std::string search_origin_;
    std::map<std::string, std::string> aliases_;
};

}  // namespace mincs::registry
