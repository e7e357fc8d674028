// The targets that are pure text.
#include <algorithm>
#include <cstdlib>

#include "db/image_config.hh"
#include "libcore/base/error.hh"
#include "libimage/place.hh"
#include "libregistry/challenge.hh"
#include "libregistry/manifest.hh"
#include "libregistry/reference.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// A property that does not hold is a crash.
void require(bool holds) {
    if (!holds) std::abort();
}

template <typename Action>
void tolerate(const Action& action) {
    try {
        action();
    } catch (const Error& error) {
        // One line for a person, whatever was in the bytes.
        const std::string_view what = error.what();
        require(std::none_of(what.begin(), what.end(),
                             [](char c) { return c == '\n' || c == '\x1b' || c == '\0'; }));
    }
}

}  // namespace

int fuzz_reference(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    tolerate([&] {
        const auto reference = registry::Reference::parse(text);
        // A whole name means itself.
        require(registry::Reference::parse(reference.to_string()).to_string() ==
                reference.to_string());
    });
    tolerate([&] { image::Place::parse(text); });
    return 0;
}

int fuzz_challenge(const std::uint8_t* data, std::size_t size) {
    for (const auto& challenge : registry::parse_challenges(text_of(data, size)))
        require(!challenge.scheme.empty());
    return 0;
}

int fuzz_document(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(data, size);
    tolerate([&] { registry::is_index("", text); });
    tolerate([&] {
        const auto manifest = registry::parse_manifest(text, "", "the manifest");
        for (const auto& layer : manifest.layers) require(layer.size >= 0);
        require(manifest.raw == text);
    });
    tolerate([&] {
        const auto index = registry::parse_index(text, "the index");
        registry::choose_platform(index, registry::Platform::host(), "the index");
    });
    tolerate([&] { db::ImageConfig::parse(text, "the config"); });
    return 0;
}

}  // namespace mincs::fuzz
