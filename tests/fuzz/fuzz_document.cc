// What a registry or a layout says about an image in JSON: manifests, indexes, configurations. Each
// input goes to every reader, as it is the sender who chooses which one.
#include <algorithm>

#include "db/image_config.hh"
#include "libimage/documents.hh"
#include "libimage/layout_index.hh"
#include "libregistry/manifest.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

constexpr std::string_view kWhat = "the input";

void check_descriptor(const registry::Descriptor& descriptor) {
    expect(descriptor.size >= 0, "a descriptor's size is not negative");
    expect(Digest::parse(descriptor.digest.to_string()) == descriptor.digest,
           "a descriptor has a sound digest");
}

void check_manifest(std::string_view raw) {
    const registry::Manifest manifest = registry::parse_manifest(raw, "", kWhat);
    expect(manifest.raw == raw && manifest.digest == Digest::of(raw), "a manifest keeps its bytes");
    expect(!registry::is_index("", raw), "a manifest is no index");
    check_descriptor(manifest.config);
    for (const registry::Descriptor& layer : manifest.layers) check_descriptor(layer);
    expect(registry::blobs_of_manifest(raw, kWhat).size() == manifest.layers.size() + 1,
           "a manifest's blobs are its config and layers");
    const image::Document again = image::make_manifest(manifest.config, manifest.layers);
    expect(registry::parse_manifest(again.raw, again.media_type, kWhat).layers.size() ==
               manifest.layers.size(),
           "a manifest made here is one");
}

void check_index(std::string_view raw) {
    const registry::Index index = registry::parse_index(raw, kWhat);
    expect(registry::is_index("", raw), "an index is one");
    for (const registry::Descriptor& entry : index.manifests) check_descriptor(entry);
    for (const char* platform : {"linux/amd64", "linux/arm", "linux/arm64/v9", "windows/amd64"})
        accepts([&] {
            const auto wanted = registry::Platform::parse(platform);
            const registry::Descriptor& chosen = registry::choose_platform(index, wanted, kWhat);
            expect(!chosen.platform || chosen.platform->architecture == wanted.architecture,
                   "what is chosen runs here");
        });
}

void check_layout_index(std::string_view raw) {
    const auto entries = image::parse_layout_index(raw, kWhat);
    expect(entries.size() == registry::parse_index(raw, kWhat).manifests.size(),
           "every entry of a layout is seen");
    image::LayoutIndex index(raw, kWhat);
    registry::Descriptor descriptor;
    descriptor.media_type = image::kOciManifestType;
    descriptor.digest = Digest::of("x");
    index.add(descriptor, {"docker.io/library/a:1"});
    index.add_tagged(descriptor, "1");
    const auto written = image::parse_layout_index(index.to_json(), kWhat);
    expect(std::any_of(written.begin(), written.end(),
                       [&](const image::LayoutEntry& entry) {
                           return entry.descriptor.digest == descriptor.digest;
                       }),
           "what is added to a layout is there");
}

}  // namespace

int fuzz_document(const std::uint8_t* data, std::size_t size) {
    const std::string_view raw = text_of(data, size);
    accepts([&] { check_manifest(raw); });
    accepts([&] { check_index(raw); });
    accepts([&] { check_layout_index(raw); });
    accepts([&] {
        for (const Digest& id : db::ImageConfig::parse(raw, kWhat).diff_ids)
            expect(!id.empty(), "a config's DiffIDs are digests");
    });
    return 0;
}

}  // namespace mincs::fuzz
