// marten copy: images between registries, layouts and archives, as they are. The store has no part
// in it, but for the space in which a compressed archive is laid out.
#include <cstdio>
#include <memory>

#include "libcore/base/error.hh"
#include "libimage/copy.hh"
#include "libimage/place.hh"
#include "libimage/registry_source.hh"
#include "libimage/registry_target.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/spool.hh"

namespace mincs::marten {
namespace {

using image::Place;

bool in_registry(const Place& place) {
    return place.kind == Place::Kind::kRegistry;
}

std::unique_ptr<image::Source> open_source(const Place& place, registry::Client& client,
                                           const image::ArchiveOptions& options) {
    if (!in_registry(place)) return image::open_source(place, options);
    return std::make_unique<image::RegistrySource>(client, client.resolve(place.name));
}

/// Between two repositories of one registry blobs need not travel.
std::unique_ptr<image::Target> open_target(const Place& place, const Place& source,
                                           registry::Client& client) {
    if (!in_registry(place)) return image::open_target(place);
    const auto reference = registry::Reference::parse(place.name);
    std::string repository;
    if (in_registry(source)) {
        const auto from = client.resolve(source.name);
        if (from.registry == reference.registry) repository = from.repository;
    }
    return std::make_unique<image::RegistryTarget>(
        client, reference, [repository](const image::Descriptor&) { return repository; });
}

/// What an image is to be called where the destination does not say it by itself.
std::vector<std::string> names_at(const Place& destination, const image::OfferedImage& image) {
    if (destination.kind == Place::Kind::kDockerArchive && !destination.name.empty())
        return {registry::Reference::parse(destination.name).to_string()};
    return image.names;
}

void expect_one(const std::vector<image::OfferedImage>& images, const Place& destination,
                const std::string& source) {
    if (images.size() < 2 || destination.name.empty()) return;
    throw Error("copying {}: there are {} images in it, and only one can be called '{}'", source,
                images.size(), printable(destination.name))
        .with_hint("name the one you mean behind the file's name and a ':'");
}

}  // namespace

void execute(const CopyOptions& options, const StopSignals& stop) {
    const Place from = Place::parse(options.source);
    const Place to = Place::parse(options.destination);
    registry::ClientOptions client_options;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    Progress progress(Progress::style_for_stderr(options.quiet));
    const Spool spool(fmt::format("copying '{}'", printable(options.source)), progress, stop);
    const auto source = open_source(from, client, spool.archive_options());
    const std::vector<image::OfferedImage> images = source->images();
    expect_one(images, to, source->name());
    const auto target = open_target(to, from, client);
    std::vector<Digest> digests;
    for (const image::OfferedImage& image : images)
        digests.push_back(
            image::copy_image(*source, *target, image, names_at(to, image),
                              {.platform = options.platform, .cancelled = &stop.flag()}, progress));
    stop.check();
    target->finish();
    if (to.path == "-") return;  // stdout is the archive's
    for (const Digest& digest : digests) std::puts(digest.to_string().c_str());
}

}  // namespace mincs::marten
