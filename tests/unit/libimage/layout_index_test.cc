// index.json as it is written and read again.
#include "libimage/layout_index.hh"

#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

Descriptor manifest(const std::string& text) {
    return describe(text, kOciManifestType);
}

std::vector<std::string> entries_of(const LayoutIndex& index) {
    std::vector<std::string> lines;
    for (const LayoutEntry& entry : parse_layout_index(index.to_json(), "it"))
        lines.push_back(fmt::format("{} {} {}", entry.descriptor.digest.hex().substr(0, 4),
                                    entry.image_name, entry.ref_name));
    return lines;
}

std::string line(const std::string& text, const std::string& rest) {
    return Digest::of(text).hex().substr(0, 4) + " " + rest;
}

TEST(LayoutIndex, EachNameIsAnEntryAndTheTagMeansOneOnly) {
    LayoutIndex index;
    index.add(manifest("a"), {"localhost/a:latest", "localhost/a:1"});
    index.add(manifest("b"), {"localhost/b:latest"});
    EXPECT_THAT(entries_of(index),
                ElementsAre(line("a", "localhost/a:latest latest"), line("a", "localhost/a:1 1"),
                            line("b", "localhost/b:latest localhost/b:latest")));
}

TEST(LayoutIndex, ANameMoves) {
    LayoutIndex index;
    index.add(manifest("a"), {"localhost/a:latest"});
    index.add(manifest("b"), {"localhost/a:latest"});
    EXPECT_THAT(entries_of(index), ElementsAre(line("b", "localhost/a:latest latest")));
    index.add_tagged(manifest("c"), "latest");
    EXPECT_THAT(entries_of(index), ElementsAre(line("c", " latest")));
}

TEST(LayoutIndex, AnImageWithoutANameStandsOnce) {
    LayoutIndex index;
    index.add(manifest("a"), {});
    index.add(manifest("a"), {});
    EXPECT_THAT(entries_of(index), ElementsAre(line("a", " ")));
    index.add(manifest("a"), {"localhost/a:1"});
    EXPECT_THAT(entries_of(index), ElementsAre(line("a", "localhost/a:1 1")));
}

TEST(LayoutIndex, WhatOthersWroteStays) {
    const std::string before = fmt::format(
        R"({{"schemaVersion":2,"annotations":{{"who":"them"}},"manifests":[{{"mediaType":"x/y",)"
        R"("digest":"{}","size":3,"artifactType":"a/b","data":"YWJj"}}]}})",
        Digest::of("abc").to_string());
    LayoutIndex index(before, "it");
    index.add(manifest("b"), {"localhost/b:1"});
    const std::string after = index.to_json();
    for (const char* kept : {R"("who":"them")", R"("artifactType":"a/b")", R"("data":"YWJj")"})
        EXPECT_THAT(after, HasSubstr(kept));
    EXPECT_EQ(parse_layout_index(after, "it").size(), 2u);
    EXPECT_FALSE(parse_layout_index(after, "it")[0].is_image);
}

TEST(LayoutIndex, APlatformIsKept) {
    Descriptor with_platform = manifest("a");
    with_platform.platform = registry::Platform::parse("linux/arm/v7");
    LayoutIndex index;
    index.add(with_platform, {});
    const auto entries = parse_layout_index(index.to_json(), "it");
    EXPECT_EQ(entries.at(0).descriptor.platform->to_string(), "linux/arm/v7");
}

TEST(LayoutIndex, AttestationsAreNoImages) {
    Files files;
    Descriptor unknown = manifest("b");
    unknown.platform = registry::Platform{"unknown", "unknown", ""};
    add_index(files, {{manifest("a"), R"("annotations":{"vnd.docker.reference.type":"x"})"},
                      {unknown, ""},
                      {manifest("c"), R"("annotations":null)"}});
    const auto entries = parse_layout_index(files["index.json"], "it");
    EXPECT_FALSE(entries.at(0).is_image);
    EXPECT_FALSE(entries.at(1).is_image);
    EXPECT_TRUE(entries.at(2).is_image);
}

TEST(LayoutIndex, WrongTypesAreErrors) {
    for (const char* more :
         {R"("annotations":[])", R"("annotations":"x")",
          R"("annotations":{"io.containerd.image.name":5})", R"("artifactType":{})"}) {
        Files files;
        add_index(files, {{manifest("a"), more}});
        EXPECT_THROW(parse_layout_index(files["index.json"], "it"), Error) << more;
    }
}

TEST(MadeManifest, SameInSameOut) {
    const Descriptor config = describe("{}", kOciConfigType);
    const Descriptor layer = describe("layer", kOciLayerType);
    const Document made = make_manifest(config, {layer});
    EXPECT_EQ(made.raw, make_manifest(config, {layer}).raw);
    EXPECT_EQ(made.digest, Digest::of(made.raw));
    const registry::Manifest parsed = registry::parse_manifest(made.raw, made.media_type, "it");
    EXPECT_EQ(parsed.layers.at(0).digest, layer.digest);
    EXPECT_EQ(parsed.config.size, 2);
}

TEST(MediaType, TheDocumentsOwnWordGoesFirst) {
    Document document{"application/json", R"({"mediaType":"a/b"})", {}};
    EXPECT_EQ(media_type_of(document, "it"), "a/b");
    document.raw = R"({"manifests":[]})";
    EXPECT_EQ(media_type_of(document, "it"), kOciIndexType);
    document.raw = "{}";
    EXPECT_EQ(media_type_of(document, "it"), kOciManifestType);
    document.media_type = "application/vnd.docker.distribution.manifest.v2+json; charset=utf-8";
    EXPECT_EQ(media_type_of(document, "it"),
              "application/vnd.docker.distribution.manifest.v2+json");
}

}  // namespace
}  // namespace mincs::image
