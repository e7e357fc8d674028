// Archives of images, as a file in somebody's hands: opened, listed, every blob read. All of it in
// memory, nothing beside.
#include <sys/mman.h>
#include <sys/resource.h>

#include <csignal>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libimage/archive.hh"
#include "libimage/docker_source.hh"
#include "libimage/documents.hh"
#include "libimage/oci_source.hh"
#include "libregistry/manifest.hh"
#include "tests/fuzz/targets.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::fuzz {
namespace {

Fd memory_file() {
    return Fd(check(memfd_create("archive", MFD_CLOEXEC), "making a file"));
}

/// A compressed archive may come to anything; a disk is finite, and so is a file here.
void bound_files() {
    constexpr rlim_t kMost = 64u << 20;
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {kMost, kMost};
    check(setrlimit(RLIMIT_FSIZE, &limit), "bounding files");
}

void read_image(image::Source& source, const image::OfferedImage& image) {
    expect(
        Digest::of(image.document.raw, image.document.digest.algorithm()) == image.document.digest,
        "a manifest is what its digest says");
    const std::string& raw = image.document.raw;
    if (registry::is_index(image.document.media_type, raw)) {
        for (const image::Descriptor& child : registry::parse_index(raw, "it").manifests)
            source.fetch_document(child);
        return;
    }
    for (const image::Descriptor& blob : registry::blobs_of_manifest(raw, "it")) {
        Hasher hasher(blob.digest.algorithm());
        std::int64_t bytes = 0;
        source.fetch_blob(blob, [&](std::string_view piece) {
            hasher.update(piece);
            bytes += static_cast<std::int64_t>(piece.size());
        });
        expect(hasher.finish() == blob.digest && bytes == blob.size,
               "a blob is what its descriptor says");
    }
}

void read_source(std::unique_ptr<image::Source> source) {
    for (const image::OfferedImage& image : source->images()) {
        for (const std::string& name : image.names)
            expect(printable(name) == name, "names are printable");
        accepts([&] { read_image(*source, image); });
    }
}

}  // namespace

int fuzz_archive(const std::uint8_t* data, std::size_t size) {
    bound_files();
    accepts([&] {
        Fd file = memory_file();
        write_all(file.get(), text_of(data, size), "the input");
        check(lseek(file.get(), 0, SEEK_SET), "going back");
        image::ArchiveOptions options;
        options.spool = &memory_file;
        const auto opened = image::open_archive(std::move(file), "'it'", options);
        const auto* members = std::get_if<std::shared_ptr<const image::Members>>(&opened);
        if (!members) return;
        for (const bool as_layout : {true, false}) {
            accepts([&] {
                if (as_layout)
                    read_source(std::make_unique<image::OciSource>(*members));
                else
                    read_source(std::make_unique<image::DockerSource>(*members));
            });
        }
    });
    return 0;
}

namespace {

std::string descriptor(const char* type, const std::string& content) {
    return fmt::format(R"({{"mediaType":"application/vnd.oci.image.{}","digest":"{}","size":{}}})",
                       type, Digest::of(content).to_string(), content.size());
}

std::string blob_name(const std::string& content) {
    return "blobs/sha256/" + Digest::of(content).hex();
}

/// Both forms at once: each reader takes its own.
test::TarBuilder both_forms(const std::string& layer, const std::string& plain_layer) {
    const std::string config =
        fmt::format(R"({{"os":"linux","rootfs":{{"type":"layers","diff_ids":["{}"]}}}})",
                    Digest::of(plain_layer).to_string());
    const std::string manifest =
        fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]}})",
                    descriptor("config.v1+json", config), descriptor("layer.v1.tar", layer));
    const std::string index = fmt::format(R"({{"schemaVersion":2,"manifests":[{}]}})",
                                          descriptor("manifest.v1+json", manifest));
    test::TarBuilder tar;
    tar.directory("blobs").directory("blobs/sha256");
    tar.file(blob_name(layer), layer).file(blob_name(config), config);
    tar.file(blob_name(manifest), manifest);
    tar.file("oci-layout", R"({"imageLayoutVersion":"1.0.0"})").file("index.json", index);
    tar.file("manifest.json",
             fmt::format(R"([{{"Config":"{}","RepoTags":["a:1"],"Layers":["{}"]}}])",
                         blob_name(config), blob_name(layer)));
    return tar;
}

}  // namespace

std::vector<Seed> archive_seeds() {
    const std::string layer = test::TarBuilder().file("f", "x").bytes();
    const std::string both = both_forms(layer, layer).bytes();
    test::TarBuilder linked;
    const std::string config =
        fmt::format(R"({{"rootfs":{{"diff_ids":["{0}","{0}"]}}}})", Digest::of(layer).to_string());
    linked.file("c.json", config).file("1/layer.tar", layer).directory("2");
    linked.symlink("2/layer.tar", "../1/layer.tar");
    linked.file("manifest.json",
                R"([{"Config":"c.json","RepoTags":null,"Layers":["1/layer.tar","2/layer.tar"]}])");
    return {{"both", both},
            {"both-gzip-layer", both_forms(test::gzip(layer), layer).bytes()},
            {"both-zstd-layer", both_forms(test::zstd(layer), layer).bytes()},
            {"gzip", test::gzip(both)},
            {"xz", test::xz(both)},
            {"bzip2", test::bzip2(both)},
            {"docker-linked", linked.bytes()},
            {"root", test::TarBuilder().directory("etc").file("etc/passwd", "x").bytes()}};
}

}  // namespace mincs::fuzz
