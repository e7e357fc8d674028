// An image of the store as a source: what came in goes out, and what the disk has spoilt does not.
#include "tools/marten/store_source.hh"

#include <gmock/gmock.h>

#include "libcore/base/files.hh"
#include "libimage/documents.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::marten {
namespace {

using testing::HasSubstr;

class StoreSourceTest : public db::StoreTest {
 protected:
    /// Records an image of one layer; without a manifest, as early martens did, where there is none
    /// to be.
    db::Image record_one(bool with_manifest) {
        const db::Staging staging = db::Staging::create(store_);
        db::NewImage image = make_image(store_, staging, "localhost/a:1", "1");
        const auto stage = [&](const std::string& name, const std::string& data) {
            write_file_atomic(staging.path() / name, data);
            const auto size = static_cast<std::int64_t>(data.size());
            image.blobs.push_back({Digest::of(data), staging.path() / name, size});
            registry::Descriptor descriptor;
            descriptor.digest = Digest::of(data);
            descriptor.size = size;
            return descriptor;
        };
        layer_ = stage("blob", "\x1f\x8b the layer");
        layer_.media_type = std::string(image::kOciLayerType) + "+gzip";
        registry::Descriptor config;
        config.media_type = image::kOciConfigType;
        config.digest = Digest::of(image.config);
        config.size = static_cast<std::int64_t>(image.config.size());
        manifest_ = image::make_manifest(config, {layer_});
        image.manifest_digest = with_manifest ? manifest_.digest.to_string() : "";
        if (with_manifest) stage("manifest", manifest_.raw);
        return db::get_image(store_, db::record_image(store_, staging, image));
    }
    std::string fetch(StoreSource& source) const {
        std::string data;
        source.fetch_blob(layer_, [&](std::string_view piece) { data += piece; });
        return data;
    }
    /// Error and hint, one behind the other.
    template <typename Body>
    static std::string failure(const Body& body) {
        try {
            body();
        } catch (const Error& error) {
            return fmt::format("{} | {}", error.what(), error.hint());
        }
        return "no error";
    }

    db::Store store_ = open();
    registry::Descriptor layer_;
    image::Document manifest_;
};

TEST_F(StoreSourceTest, WhatCameInGoesOut) {
    StoreSource source(store_, record_one(true), "a:1");
    const image::OfferedImage image = source.images().at(0);
    EXPECT_EQ(image.document.raw, manifest_.raw);
    EXPECT_EQ(image.document.digest, manifest_.digest);
    EXPECT_EQ(image.names, std::vector<std::string>{"localhost/a:1"});
    EXPECT_EQ(fetch(source), "\x1f\x8b the layer");
}

TEST_F(StoreSourceTest, AnOldImageGetsTheManifestItWouldHaveNow) {
    StoreSource source(store_, record_one(false), "a:1");
    EXPECT_EQ(source.images().at(0).document.raw, manifest_.raw);
}

TEST_F(StoreSourceTest, WhatTheDiskHasSpoiltIsAnErrorWithAHint) {
    const db::Image image = record_one(true);
    const auto spoil = [&](const Digest& digest) {
        std::string data = read_file(layout().blob(digest));
        data[3] ^= 1;
        write_file_atomic(layout().blob(digest), data);
    };
    StoreSource source(store_, image, "a\n1");
    spoil(layer_.digest);
    EXPECT_THAT(failure([&] { fetch(source); }), HasSubstr("'a\\n1' in the store: blob sha256:"));
    EXPECT_THAT(failure([&] { fetch(source); }), HasSubstr("| 'marten verify --repair'"));
    spoil(manifest_.digest);
    EXPECT_THAT(failure([&] { StoreSource(store_, image, "a"); }),
                HasSubstr("is damaged: its content has the digest"));
}

TEST_F(StoreSourceTest, WhatIsMissingOrALinkIsAnErrorToo) {
    const db::Image image = record_one(true);
    StoreSource source(store_, image, "a");
    const auto blob = layout().blob(layer_.digest);
    std::filesystem::remove(blob);
    EXPECT_THAT(failure([&] { fetch(source); }), HasSubstr("is missing | 'marten verify"));
    std::filesystem::create_symlink("/etc/passwd", blob);
    EXPECT_THAT(failure([&] { fetch(source); }), HasSubstr("Too many levels of symbolic links"));
}

}  // namespace
}  // namespace mincs::marten
