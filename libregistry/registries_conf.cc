// See registries_conf.hh; here: what the settings mean. Reading them is registries_conf_file.cc's.
#include "libregistry/registries_conf.hh"

#include "libcore/base/error.hh"

namespace mincs::registry {
namespace {

/// How much of `name` the prefix covers; 0 where it is not its prefix.
std::size_t covered(const std::string& name, std::string_view prefix) {
    std::size_t end = prefix.size();
    if (prefix.starts_with("*.")) {
        const std::string_view host = std::string_view(name).substr(0, name.find_first_of(":/@"));
        if (host.size() < prefix.size() || !host.ends_with(prefix.substr(1))) return 0;
        end = host.size();
    } else if (!name.starts_with(prefix)) {
        return 0;
    }
    if (end == name.size()) return end;
    // Behind a bare host a ':' begins a port, which makes it another registry.
    const bool tag = name[end] == ':' && (end > name.find('/') || prefix.starts_with("*."));
    const bool whole = name[end] == '/' || name[end] == '@' || tag;
    return whole ? end : 0;
}

/// `reference` with its first `length` characters replaced by `location`.
Reference moved(const Reference& reference, std::size_t length, const std::string& location,
                const std::string& origin) {
    const std::string text = location + reference.to_string().substr(length);
    const std::string_view host = std::string_view(text).substr(0, text.find('/'));
    const auto complain = [&](std::string_view why) {
        throw Error("'{}': the location '{}' is no place for '{}': {}", origin, printable(location),
                    reference.to_string(), why);
    };
    try {
        Reference there = Reference::parse(text);
        if (there.registry != host) complain("it does not begin with a host name");
        return there;
    } catch (const UsageError& error) {
        complain(error.what());
        throw;
    }
}

bool useful(const Mirror& mirror, const Reference& reference) {
    switch (mirror.use) {
        case Mirror::Use::kByDigest:
            return reference.digest.has_value();
        case Mirror::Use::kByTag:
            return !reference.digest;
        default:
            return true;
    }
}

}  // namespace

/// The longest prefix wins; of equal ones the file read last.
const RegistryEntry* RegistriesConf::find(const std::string& name, std::size_t& length) const {
    const RegistryEntry* best = nullptr;
    length = 0;
    for (const RegistryEntry& entry : entries_) {
        const std::size_t end = covered(name, entry.prefix);
        if (end == 0 || end < length) continue;
        best = &entry;
        length = end;
    }
    return best;
}

const RegistryEntry* RegistriesConf::allowed(const Reference& reference,
                                             std::size_t& length) const {
    const RegistryEntry* entry = find(reference.to_string(), length);
    if (entry && entry->blocked)
        throw Error("'{}' is blocked by '{}'", reference.to_string(), entry->origin);
    return entry;
}

Reference RegistriesConf::resolve(std::string_view typed) const {
    Reference reference = Reference::parse(typed);
    if (Reference::names_registry(typed)) return reference;
    const std::string name(typed.substr(0, Reference::name_length(typed)));
    const std::string rest(typed.substr(name.size()));
    if (const auto alias = aliases_.find(name); alias != aliases_.end())
        return Reference::parse(alias->second + rest);
    if (search_.empty()) return reference;
    if (search_.size() == 1) return Reference::parse(search_[0] + "/" + name + rest);
    // To try one after the other would fetch whatever somebody put under that name into the first
    // of them.
    std::string candidates;
    for (const std::string& registry : search_)
        candidates += fmt::format("{}{}/{}", candidates.empty() ? "" : ", ", registry, name);
    throw UsageError("'{}' may mean several images, as '{}' names {} registries to search in",
                     printable(typed), search_origin_, search_.size())
        .with_hint(fmt::format("write the whole name: {}", candidates));
}

std::vector<Endpoint> RegistriesConf::sources(const Reference& reference) const {
    std::size_t length = 0;
    const RegistryEntry* entry = allowed(reference, length);
    if (!entry) return {{reference, false}};
    std::vector<Endpoint> places;
    for (const Mirror& mirror : entry->mirrors)
        if (useful(mirror, reference))
            places.push_back(
                {moved(reference, length, mirror.location, entry->origin), mirror.insecure});
    places.push_back({entry->location.empty()
                          ? reference
                          : moved(reference, length, entry->location, entry->origin),
                      entry->insecure});
    return places;
}

Endpoint RegistriesConf::target(const Reference& reference) const {
    std::size_t length = 0;
    const RegistryEntry* entry = allowed(reference, length);
    return {reference, entry && entry->insecure};
}

}  // namespace mincs::registry
