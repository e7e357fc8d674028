// Manifests and indexes, honest and hostile.
#include "libregistry/manifest.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "tests/support/error_of.hh"

namespace mincs::registry {
namespace {

using test::error_of;
using testing::HasSubstr;

const std::string kOciManifest = "application/vnd.oci.image.manifest.v1+json";
const std::string kOciIndex = "application/vnd.oci.image.index.v1+json";
const std::string kDockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
const std::string kDockerList = "application/vnd.docker.distribution.manifest.list.v2+json";
const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kOciConfigType = "application/vnd.oci.image.config.v1+json";
const std::string kOciLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

std::string descriptor(const std::string& type, const std::string& digest = kDigest,
                       const std::string& size = "7", const std::string& more = "") {
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", type, digest, size,
                       more);
}

std::string manifest(const std::string& config, const std::string& layers,
                     const std::string& more = "") {
    return fmt::format(R"({{"schemaVersion":2,"config":{},"layers":[{}]{}}})", config, layers,
                       more);
}

std::string index(const std::string& entries, const std::string& more = "") {
    return fmt::format(R"({{"schemaVersion":2,"manifests":[{}]{}}})", entries, more);
}

TEST(Manifest, KeepsBytesDigestConfigAndLayersInOrder) {
    const std::string second = "sha512:" + std::string(128, 'b');
    const std::string raw =
        manifest(descriptor(kOciConfigType),
                 descriptor(kOciLayerType) + "," + descriptor(kOciLayerType, second, "0"));
    const Manifest parsed = parse_manifest(raw, kOciManifest, "it");
    EXPECT_EQ(parsed.raw, raw);
    EXPECT_EQ(parsed.digest, Digest::of(raw));
    EXPECT_EQ(parsed.media_type, kOciManifest);
    EXPECT_EQ(parsed.config.size, 7);
    ASSERT_EQ(parsed.layers.size(), 2u);
    EXPECT_EQ(parsed.layers[1].digest.to_string(), second);
}

TEST(Manifest, DockerSchema2IsAnImage) {
    const std::string raw =
        manifest(descriptor("application/vnd.docker.container.image.v1+json"),
                 descriptor("application/vnd.docker.image.rootfs.diff.tar.gzip") + "," +
                     descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
                                kDigest, "1", R"(,"urls":["https://x/y"])"),
                 R"(,"mediaType":")" + kDockerManifest + '"');
    const Manifest parsed = parse_manifest(raw, "text/plain; charset=utf-8", "it");
    EXPECT_EQ(parsed.media_type, kDockerManifest);
    EXPECT_EQ(parsed.layers[1].urls, std::vector<std::string>{"https://x/y"});
}

struct Hostile {
    std::string raw;
    std::string type;
    std::string complaint;
};

class HostileManifest : public testing::TestWithParam<Hostile> {};

TEST_P(HostileManifest, IsRefusedWithTheReason) {
    const Hostile& hostile = GetParam();
    const std::string error = error_of([&] { parse_manifest(hostile.raw, hostile.type, "it"); });
    EXPECT_THAT(error, HasSubstr(hostile.complaint)) << hostile.raw.substr(0, 300);
    EXPECT_TRUE(error.starts_with("it: ")) << error;
}

std::string repeated(const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += (i ? "," : "") + text;
    return out;
}

const std::string kConfig = descriptor(kOciConfigType);
const std::string kLayer = descriptor(kOciLayerType);

INSTANTIATE_TEST_SUITE_P(
    All, HostileManifest,
    testing::Values(
        Hostile{"", kOciManifest, "not valid JSON"},
        Hostile{"[]", kOciManifest, "not a JSON object"},
        Hostile{"{}", kOciManifest, "'schemaVersion' is missing"},
        Hostile{R"({"schemaVersion":3})", kOciManifest, "unknown schema version 3"},
        Hostile{R"({"schemaVersion":"2"})", kOciManifest, "not a whole number"},
        Hostile{R"({"schemaVersion":1,"fsLayers":[]})", "", "Docker schema 1"},
        Hostile{"{}", "application/vnd.docker.distribution.manifest.v1+prettyjws",
                "Docker schema 1"},
        Hostile{R"({"schemaVersion":2,"layers":[]})", kOciManifest, "'config' is missing"},
        Hostile{manifest(kConfig, kLayer, R"(,"manifests":[])"), kOciManifest, "both an index"},
        Hostile{manifest(kConfig, kLayer), kOciIndex, "not what its media type says"},
        Hostile{manifest(kConfig, kLayer, R"(,"mediaType":")" + kDockerList + '"'), kOciManifest,
                "but it calls itself"},
        Hostile{manifest(kConfig, kLayer, R"(,"mediaType":"application/x-evil\u001b[2J")"), "",
                R"('application/x-evil\x1b[2J')"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, kDigest, "-1")), kOciManifest,
                "-1 bytes is no size"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, kDigest, "9223372036854775807")),
                kOciManifest, "is no size"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, kDigest, "18446744073709551615")),
                kOciManifest, "'size' is not a whole number"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, kDigest, "1.5")), kOciManifest,
                "'size' is not a whole number"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, "sha256:../../etc/passwd")),
                kOciManifest, "is not a digest"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType, "md5:00")), kOciManifest,
                "is not a digest"},
        Hostile{manifest(kConfig, "7"), kOciManifest, "a descriptor is not a JSON object"},
        Hostile{manifest("7", kLayer), kOciManifest, "a descriptor is not a JSON object"},
        Hostile{manifest(kConfig, repeated(kLayer, 1001)), kOciManifest, "more than 1000 layers"},
        Hostile{manifest(kConfig, kLayer, ",\"x\":" + std::string(70, '[') + std::string(70, ']')),
                kOciManifest, "nested deeper"},
        Hostile{std::string(100'000, '['), kOciManifest, "nested deeper"},
        Hostile{std::string((4u << 20) + 1, ' '), kOciManifest, "more than"},
        Hostile{R"({"schemaVersion":2,"schemaVersion":2})", kOciManifest, "stands twice"},
        Hostile{manifest(descriptor("application/vnd.cncf.helm.config.v1+json"), kLayer),
                kOciManifest, "an artifact of type 'application/vnd.cncf.helm.config.v1+json'"},
        Hostile{manifest(descriptor("application/vnd.oci.empty.v1+json"), kLayer,
                         R"(,"artifactType":"application/vnd.example.sbom")"),
                kOciManifest, "an artifact of type 'application/vnd.example.sbom'"},
        Hostile{manifest(kConfig, descriptor("application/vnd.in-toto+json")), kOciManifest,
                "no file system layer but 'application/vnd.in-toto+json'"},
        Hostile{manifest(kConfig, descriptor(kOciLayerType + "+encrypted")), kOciManifest,
                "is encrypted"}));

TEST(Index, IsToldFromAManifestByTypeAndContent) {
    EXPECT_TRUE(is_index(kOciIndex, index("")));
    EXPECT_TRUE(is_index(kDockerList + "; charset=utf-8", index("")));
    EXPECT_TRUE(is_index("application/json", index("")));
    EXPECT_FALSE(is_index("", manifest(kConfig, kLayer)));
    EXPECT_THROW(is_index(kOciManifest, index("")), Error);
}

TEST(Index, HostileOnesAreRefused) {
    const auto parse = [](const std::string& raw) {
        return error_of([&] { parse_index(raw, "it"); });
    };
    EXPECT_THAT(parse(index(descriptor(kOciManifest, kDigest, "-5"))), HasSubstr("is no size"));
    EXPECT_THAT(parse(index("{}")), HasSubstr("'mediaType' is missing"));
    EXPECT_THAT(parse(R"({"schemaVersion":2,"manifests":{}})"), HasSubstr("not a list"));
    EXPECT_THAT(parse(index(repeated(kLayer, 1001))), HasSubstr("more than 1000"));
    EXPECT_THAT(parse(index(descriptor(kOciManifest, kDigest, "1", R"(,"platform":7)"))),
                HasSubstr("expected a JSON object"));
    EXPECT_THAT(parse(manifest(kConfig, kLayer)), HasSubstr("a manifest stands"));
}

/// An index with these platforms; the entry's size is its position.
Index offering(const std::vector<std::string>& platforms) {
    Index result;
    for (const std::string& text : platforms) {
        Descriptor entry;
        entry.size = static_cast<std::int64_t>(result.manifests.size());
        if (!text.empty()) entry.platform = Platform::parse(text);
        result.manifests.push_back(entry);
    }
    return result;
}

struct Choice {
    std::string wanted;
    std::vector<std::string> offered;
    int chosen;  ///< -1: none
};

class ChoosePlatform : public testing::TestWithParam<Choice> {};

TEST_P(ChoosePlatform, TakesTheEntryThatRuns) {
    const Choice& choice = GetParam();
    const Index offered = offering(choice.offered);
    const Platform wanted = Platform::parse(choice.wanted);
    if (choice.chosen < 0)
        EXPECT_THROW(choose_platform(offered, wanted, "it"), Error);
    else
        EXPECT_EQ(choose_platform(offered, wanted, "it").size, choice.chosen);
}

INSTANTIATE_TEST_SUITE_P(
    All, ChoosePlatform,
    testing::Values(
        Choice{"linux/amd64", {"linux/arm64", "linux/amd64", "linux/amd64"}, 1},
        Choice{"linux/amd64", {"windows/amd64", "linux/386"}, -1},
        Choice{"linux/amd64", {"linux/amd64/v3", "linux/amd64"}, 1},
        Choice{"linux/amd64", {"linux/amd64/v3", "linux/amd64/v2"}, 1},
        Choice{"linux/amd64/v3", {"linux/amd64", "linux/amd64/v4", "linux/amd64/v2"}, 2},
        Choice{"linux/amd64/v3", {"linux/amd64", "linux/amd64/v4"}, 0},
        Choice{"linux/arm64", {"linux/arm/v8", "linux/arm64/v8"}, 1},
        Choice{"linux/arm64/v8", {"linux/arm64"}, 0}, Choice{"linux/arm64", {"linux/arm64/v9"}, -1},
        Choice{"linux/arm64/v9", {"linux/arm64/v8", "linux/arm64/v9"}, 1},
        Choice{"linux/arm/v7", {"linux/arm/v5", "linux/arm/v6", "linux/arm64/v8"}, 1},
        Choice{"linux/arm/v6", {"linux/arm/v7", "linux/arm/v5"}, 1},
        Choice{"linux/arm/v6", {"linux/arm/v7"}, -1},
        Choice{"linux/arm/v6", {"linux/arm/v7", "linux/arm"}, 1},
        Choice{"linux/arm", {"linux/arm/v6", "linux/arm/v7"}, 1}, Choice{"linux/amd64", {""}, 0},
        Choice{"linux/amd64", {"", ""}, -1}, Choice{"linux/amd64", {}, -1}));

TEST(ChoosePlatform, TheErrorListsWhatThereIs) {
    const Index offered = offering({"linux/arm/v7", "unknown/unknown", "linux/s390x"});
    EXPECT_EQ(error_of([&] { choose_platform(offered, Platform::parse("linux/amd64"), "it"); }),
              "it: there is no image for linux/amd64; there is: linux/arm/v7, linux/s390x");
}

TEST(Platform, ParsesAndPrints) {
    EXPECT_EQ(Platform::parse("linux/arm/v7").to_string(), "linux/arm/v7");
    EXPECT_EQ(Platform::parse("linux/amd64").variant, "");
    EXPECT_EQ(Platform::host().os, "linux");
    EXPECT_FALSE(Platform::host().architecture.empty());
    for (const char* bad : {"", "linux", "linux/", "/amd64", "linux/arm/", "linux/arm/v7/",
                            "linux/arm/v7/x", "Linux/amd64", "linux/a b"})
        EXPECT_THROW(Platform::parse(bad), UsageError) << bad;
}

}  // namespace
}  // namespace mincs::registry
