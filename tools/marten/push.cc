// marten push: an image of the store to a registry. Prints the manifest's digest, by which the
// image can be pulled again whatever happens to its tag.
#include <cstdio>
#include <map>

#include "db/repair.hh"
#include "libcore/base/error.hh"
#include "libimage/copy.hh"
#include "libimage/registry_target.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/store_source.hh"

namespace mincs::marten {
namespace {

constexpr const char* kSayWhere = "'marten push {} REGISTRY/NAME[:TAG]' says where to";

std::string own_name(const db::Image& image, const std::string& typed) {
    if (const auto name = db::name_meant(image, typed)) return *name;
    if (image.names.size() == 1) return image.names.front();
    const std::string hint = fmt::format(kSayWhere, printable(typed));
    if (image.names.empty())
        throw Error("pushing '{}': the image has no name", printable(typed)).with_hint(hint);
    throw Error("pushing '{}': the image has several names: '{}'", printable(typed),
                fmt::join(image.names, "', '"))
        .with_hint(hint);
}

registry::Reference destination(const db::Image& image, const PushOptions& options) {
    const auto reference = registry::Reference::parse(
        options.reference.empty() ? own_name(image, options.image) : options.reference);
    if (reference.registry == "localhost")
        throw Error("pushing '{}': 'localhost/' marks names given here, it is no registry",
                    reference.to_string())
            .with_hint(fmt::format(kSayWhere, printable(options.image)));
    return reference;
}

/// For each blob of the image a repository of the same registry in which it probably is: images
/// that have it here bear that repository's name.
image::MountFrom find_mounts(db::Store& store, const db::Image& image,
                             const registry::Reference& reference) {
    std::map<Digest, std::string> repositories;
    for (const db::BlobRow& blob : db::blobs_of_image(store, image.id)) {
        const Digest digest = Digest::parse(blob.digest);
        for (const std::string& name : db::names_with_blob(store, digest)) {
            const auto other = registry::Reference::parse(name);
            if (other.registry == reference.registry && other.repository != reference.repository)
                repositories.try_emplace(digest, other.repository);
        }
    }
    return [repositories = std::move(repositories)](const image::Descriptor& descriptor) {
        const auto found = repositories.find(descriptor.digest);
        return found == repositories.end() ? std::string() : found->second;
    };
}

}  // namespace

void execute(const PushOptions& options, const StopSignals& stop) {
    db::Store store = open_for_reading();
    const db::Image image = db::get_image(store, options.image);
    const registry::Reference reference = destination(image, options);
    StoreSource source(store, image, options.image);
    registry::ClientOptions client_options;
    client_options.cancelled = &stop.flag();
    registry::Client client(std::move(client_options));
    image::RegistryTarget target(client, reference, find_mounts(store, image, reference));
    Progress progress(Progress::style_for_stderr(options.quiet));
    const Digest digest = image::copy_image(source, target, source.images().front(), {},
                                            {.cancelled = &stop.flag()}, progress);
    target.finish();
    std::puts(digest.to_string().c_str());
}

}  // namespace mincs::marten
