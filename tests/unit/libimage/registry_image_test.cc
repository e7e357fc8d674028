// Registries as sources and targets, against a registry in memory.
#include <mutex>

#include "libimage/copy.hh"
#include "libimage/oci_source.hh"
#include "libimage/registry_source.hh"
#include "libimage/registry_target.hh"
#include "tests/support/fake_registry.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

using test::FakeRegistry;

class RegistryImage : public testing::Test {
 protected:
    RegistryImage() : client_(options()) {}

    static registry::ClientOptions options() {
        registry::ClientOptions options;
        options.auth_file = "/nonexistent/auth.json";
        options.limits.first_pause = std::chrono::milliseconds(2);
        options.limits.longest_total = std::chrono::milliseconds(500);
        return options;
    }
    registry::Reference reference(const std::string& repository) {
        return registry::Reference::parse(registry_.name(repository) + ":1");
    }
    Digest push(Source& source, const std::string& repository, const std::string& mount = "") {
        RegistryTarget target(client_, reference(repository),
                              [mount](const Descriptor&) { return mount; });
        Progress progress(Progress::Style::kQuiet);
        return copy_image(source, target, source.images().at(0), {}, {}, progress);
    }
    std::string manifest_at(const std::string& repository) {
        return registry_.page(FakeRegistry::manifest_path(repository, "1"));
    }

    FakeRegistry registry_;
    registry::Client client_;
};

TEST_F(RegistryImage, ThereAndBackAgain) {
    const std::string layer(3u << 20, 'x');  // more than the queue on the way holds
    OciSource source(members_of(tar_of(one_image_layout(layer))));
    const Document original = source.images().at(0).document;
    EXPECT_EQ(push(source, "a/b"), original.digest);
    EXPECT_EQ(manifest_at("a/b"), original.raw);

    RegistrySource back(client_, reference("a/b"));
    const OfferedImage image = back.images().at(0);
    EXPECT_EQ(image.document.raw, original.raw);
    EXPECT_THAT(image.names, ElementsAre(reference("a/b").to_string()));
    EXPECT_TRUE(fetch(back, describe(layer, "")) == layer);

    push(back, "c/d");
    EXPECT_EQ(manifest_at("c/d"), original.raw);
}

TEST_F(RegistryImage, AnIndexsManifestsGoByTheirDigests) {
    Files files;
    const Descriptor manifest = add_image(files, "x");
    const Descriptor index = add_blob(files, index_of({manifest}), kOciIndexType);
    add_index(files, {{index, ""}});
    OciSource source(members_of(tar_of(files)));
    push(source, "a/b");
    EXPECT_EQ(manifest_at("a/b"), source.images().at(0).document.raw);
    EXPECT_NE(registry_.page(FakeRegistry::manifest_path("a/b", manifest.digest.to_string())), "");
}

TEST_F(RegistryImage, ADamagedBlobIsToldAsItsSourceKnowsIt) {
    Files files = one_image_layout("the layer");
    files["blobs/sha256/" + Digest::of("the layer").hex()] = "THE LAYER";
    OciSource source(members_of(tar_of(files)));
    EXPECT_THAT(error_of([&] { push(source, "a/b"); }), HasSubstr("'x.tar': blob"));
    EXPECT_EQ(manifest_at("a/b"), "");
}

TEST_F(RegistryImage, LayersThatMayNotBeDistributedStayAway) {
    Files files;
    const Descriptor config = add_blob(files, config_of({"x"}), kOciConfigType);
    const std::string manifest = fmt::format(
        R"({{"schemaVersion":2,"config":{{"mediaType":"{}","digest":"{}","size":{}}},"layers":[)"
        R"({{"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"{}",)"
        R"("size":1,"urls":["https://example.com/x"]}}]}})",
        kOciConfigType, config.digest.to_string(), config.size, Digest::of("x").to_string());
    add_index(files, {{add_blob(files, manifest, kOciManifestType), ""}});
    OciSource source(members_of(tar_of(files)));
    push(source, "a/b");
    EXPECT_EQ(manifest_at("a/b"), manifest);
    EXPECT_EQ(registry_.page(FakeRegistry::blob_path("a/b", Digest::of("x").to_string())), "");
}

}  // namespace
}  // namespace mincs::image
