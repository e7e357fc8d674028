// See import_archive.hh. What is in the archive becomes a Source; from there on it is the story of
// a pull (store_image.hh).
#include "tools/marten/import_archive.hh"

#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "libcore/base/error.hh"
#include "libcore/layer/gzip.hh"
#include "libcore/layer/inflate.hh"
#include "libimage/copy.hh"
#include "libimage/oci_source.hh"
#include "libimage/place.hh"
#include "libimage/root_source.hh"
#include "tools/marten/config_document.hh"
#include "tools/marten/image_name.hh"
#include "tools/marten/platform_note.hh"
#include "tools/marten/spool.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/store_image.hh"

namespace mincs::marten {
namespace {

constexpr std::int64_t kMaxConfig = 4 << 20;

bool is_directory(const std::string& path) {
    struct stat info;
    return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

bool is_layout(const std::string& path) {
    return is_directory(path) &&
           image::OciSource::is_layout(image::DirectoryMembers(fs::RootDir::open(path)));
}

/// "oci:…" and the like; nothing where it is a plain path.
std::optional<image::Place> typed_place(const std::string& source) {
    for (const char* prefix : {"oci:", "oci-archive:", "docker-archive:"})
        if (source.starts_with(prefix)) return image::Place::parse(source);
    return std::nullopt;
}

/// Layers of images are gzip, zstd or plain; a root that came as bzip2 or xz is packed again.
image::RootTar as_layer(image::RootTar tar, const image::ArchiveOptions& options) {
    const image::Member whole = image::whole_file(tar.file.get());
    const auto compression = layer::detect_compression(image::read_start(whole, 16, tar.name));
    if (compression != layer::Compression::kBzip2 && compression != layer::Compression::kXz)
        return tar;
    Fd file = options.spool();
    layer::GzipWriter gzip([&](std::string_view bytes) { write_all(file.get(), bytes, tar.name); });
    layer::Inflater inflater([&](std::string_view plain) { gzip.write(plain); });
    image::read_member(whole, tar.name, [&](std::string_view piece) {
        if (*options.cancelled) throw Error("reading {}: stopped", tar.name);
        inflater.write(piece);
    });
    inflater.finish();
    gzip.finish();
    return {std::move(file), tar.name};
}

std::string make_config(const Digest& diff_id) {
    ConfigDocument config = ConfigDocument::fresh();
    config.add_layer(diff_id, {"marten import", "", ""});
    return config.text();
}

std::unique_ptr<image::Source> open_source(const std::string& typed,
                                           const image::ArchiveOptions& options) {
    if (const auto place = typed_place(typed)) return image::open_source(*place, options);
    if (is_directory(typed))
        return std::make_unique<image::OciSource>(
            std::make_shared<image::DirectoryMembers>(fs::RootDir::open(typed)));
    image::NamedFile input = image::open_input(typed);
    auto archive = image::open_archive(std::move(input.fd), input.name, options);
    if (auto* members = std::get_if<std::shared_ptr<const image::Members>>(&archive))
        return image::make_source(std::move(*members));
    return std::make_unique<image::RootSource>(
        as_layer(std::move(std::get<image::RootTar>(archive)), options), make_config,
        options.cancelled);
}

/// The image as the store wants it described.
ImageToStore describe(image::Source& source, const image::OfferedImage& offered,
                      const ImportOptions& options) {
    const std::string action = fmt::format("importing {}", source.name());
    const image::Document document =
        image::choose_image(source, offered.document, options.platform);
    ImageToStore image;
    image.action = action;
    image.names = offered.names;
    image.manifest = registry::parse_manifest(document.raw, document.media_type, action);
    image.manifest.digest = document.digest;
    if (!options.name.empty()) image.names = {local_image_name(options.name)};
    if (image.manifest.config.size > kMaxConfig)
        throw Error("{}: a config of {} bytes", action, image.manifest.config.size);
    source.fetch_blob(image.manifest.config,
                      [&](std::string_view piece) { image.config += piece; });
    note_other_platform(action, image.config, options.platform);
    return image;
}

}  // namespace

bool is_archive(const ImportOptions& options) {
    return options.source == "-" || typed_place(options.source) || !is_directory(options.source) ||
           is_layout(options.source);
}

void import_archive(const ImportOptions& options, const StopSignals& stop) {
    if (!options.name.empty()) local_image_name(options.name);  // wrong names end here
    db::Store store = open_for_writing();
    std::unique_ptr<image::Source> source;
    {
        Progress progress(Progress::style_for_stderr(options.quiet));
        const Spool spool(fmt::format("importing '{}'", printable(options.source)), progress, stop);
        source = open_source(options.source, spool.archive_options());
    }
    const std::vector<image::OfferedImage> images = source->images();
    if (images.size() > 1 && !options.name.empty())
        throw Error("importing {}: there are {} images in it, and only one can be called '{}'",
                    source->name(), images.size(), printable(options.name))
            .with_hint("'docker-archive:FILE:NAME' or 'oci-archive:FILE:TAG' takes one of them");
    const BlobFetcher fetch = [&](const registry::Descriptor& descriptor,
                                  const registry::BlobSink& sink,
                                  registry::BlobStart) { source->fetch_blob(descriptor, sink); };
    StoreImageOptions store_options;
    store_options.quiet = options.quiet;
    store_options.max_size = options.max_size;
    for (const image::OfferedImage& offered : images) {
        stop.check();
        const ImageToStore image = describe(*source, offered, options);
        std::puts(store_image(store, image, fetch, store_options, stop).c_str());
        std::fflush(stdout);
    }
}

}  // namespace mincs::marten
