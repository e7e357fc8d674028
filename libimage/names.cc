// See names.hh.
#include "libimage/names.hh"

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libregistry/reference.hh"

namespace mincs::image {
namespace {

std::optional<std::string> whole_name(const std::string& text, const Digest& manifest) {
    try {
        registry::Reference reference = registry::Reference::parse(text);
        // "debian@sha256:…" says in the store that it is the very image the registry has.
        if (reference.digest && *reference.digest != manifest) {
            debug("passing over the name '{}', which the image has no right to", printable(text));
            return std::nullopt;
        }
        if (reference.digest) reference.tag.clear();
        return reference.to_string();
    } catch (const UsageError& error) {
        debug("passing over a name: {}", error.what());
        return std::nullopt;
    }
}

}  // namespace

std::optional<std::string> docker_name(std::string_view text, const Digest& manifest) {
    return whole_name(std::string(text), manifest);
}

std::optional<std::string> layout_name(std::string_view text, const Digest& manifest) {
    if (text.find_first_of("/:") == std::string_view::npos) return std::nullopt;
    const std::string_view first = text.substr(0, text.find('/'));
    const bool has_registry =
        first.size() < text.size() &&
        (first == "localhost" || first.find_first_of(".:") != std::string_view::npos);
    return whole_name(has_registry ? std::string(text) : fmt::format("localhost/{}", text),
                      manifest);
}

void add_name(std::vector<std::string>& names, std::optional<std::string> name) {
    if (name && std::find(names.begin(), names.end(), *name) == names.end())
        names.push_back(std::move(*name));
}

std::string list_of_names(const std::vector<std::string>& names) {
    constexpr std::size_t kMost = 20;
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
        list += fmt::format("{}'{}'", i == 0 ? "" : ", ", printable(names[i].substr(0, 300)));
    if (names.size() > kMost) list += fmt::format(" and {} more", names.size() - kMost);
    return list;
}

}  // namespace mincs::image
