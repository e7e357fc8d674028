// docker-archives as sources: docker's classic form, docker 25's, and what others write.
#include "libimage/docker_source.hh"

#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

std::string plain_layer(const std::string& content) {
    return TarBuilder().file("file", content).bytes();
}

std::string manifest_json(const std::string& config, const std::string& tags,
                          const std::vector<std::string>& layers) {
    std::string list;
    for (const std::string& layer : layers)
        list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", layer);
    return fmt::format(R"({{"Config":"{}","RepoTags":{},"Layers":[{}]}})", config, tags, list);
}

registry::Manifest only_manifest(Source& source) {
    const auto images = source.images();
    EXPECT_EQ(images.size(), 1u);
    return registry::parse_manifest(images.at(0).document.raw, images.at(0).document.media_type,
                                    "it");
}

TEST(DockerSource, ClassicFormWithALinkedLayer) {
    const std::string a = plain_layer("a"), b = plain_layer("b");
    TarBuilder tar;
    tar.file("aaa/layer.tar", a).file("bbb/layer.tar", b);
    tar.symlink("ccc/layer.tar", "../aaa/layer.tar");
    tar.file("config.json", config_of({a, b, a}));
    tar.file("manifest.json",
             "[" +
                 manifest_json("config.json", R"(["mine:1","quay.io/x/mine:2"])",
                               {"aaa/layer.tar", "bbb/layer.tar", "ccc/layer.tar"}) +
                 "]");
    DockerSource source(members_of(tar.bytes()));
    const auto images = source.images();
    ASSERT_EQ(images.size(), 1u);
    EXPECT_THAT(images[0].names, ElementsAre("docker.io/library/mine:1", "quay.io/x/mine:2"));
    const registry::Manifest manifest = only_manifest(source);
    ASSERT_EQ(manifest.layers.size(), 3u);
    EXPECT_EQ(manifest.layers[0].digest, Digest::of(a));
    EXPECT_EQ(manifest.layers[2].digest, Digest::of(a));
    EXPECT_EQ(manifest.layers[1].media_type, kOciLayerType);
    EXPECT_EQ(fetch(source, manifest.layers[1]), b);
    EXPECT_EQ(fetch(source, manifest.layers[2]), a);
    EXPECT_EQ(fetch(source, manifest.config), config_of({a, b, a}));
}

TEST(DockerSource, TheSameArchiveGivesTheSameManifest) {
    const std::string a = plain_layer("a");
    const std::string tar =
        tar_of({{"a.tar", a},
                {"c.json", config_of({a})},
                {"manifest.json", "[" + manifest_json("c.json", "null", {"a.tar"}) + "]"}});
    DockerSource one(members_of(tar)), two(members_of(tar));
    EXPECT_EQ(one.images().at(0).document.raw, two.images().at(0).document.raw);
    EXPECT_THAT(one.images().at(0).names, IsEmpty());
}

TEST(DockerSource, CompressedLayersKeepTheirBytes) {
    const std::string a = plain_layer("a"), b = plain_layer("b");
    const std::string tar = tar_of(
        {{"sha256:c", config_of({a, b})},
         {"a.tar.gz", test::gzip(a)},
         {"b.tar", test::zstd(b)},
         {"manifest.json", "[" + manifest_json("sha256:c", "[]", {"a.tar.gz", "b.tar"}) + "]"}});
    DockerSource source(members_of(tar));
    const registry::Manifest manifest = only_manifest(source);
    EXPECT_EQ(manifest.layers.at(0).digest, Digest::of(test::gzip(a)));
    EXPECT_EQ(manifest.layers.at(0).media_type, std::string(kOciLayerType) + "+gzip");
    EXPECT_EQ(manifest.layers.at(1).media_type, std::string(kOciLayerType) + "+zstd");
    EXPECT_EQ(fetch(source, manifest.layers[0]), test::gzip(a));
}

TEST(DockerSource, SeveralImagesAndOneByName) {
    const std::string a = plain_layer("a"), b = plain_layer("b");
    const std::string tar =
        tar_of({{"a.tar", a},
                {"b.tar", b},
                {"a.json", config_of({a})},
                {"b.json", config_of({b})},
                {"manifest.json", "[" + manifest_json("a.json", R"(["a:1"])", {"a.tar"}) + "," +
                                      manifest_json("b.json", R"(["b:1"])", {"b.tar"}) + "]"}});
    EXPECT_EQ(DockerSource(members_of(tar)).images().size(), 2u);
    for (const char* wanted : {"b:1", "docker.io/library/b:1"}) {
        DockerSource source(members_of(tar), wanted);
        EXPECT_EQ(only_manifest(source).layers.at(0).digest, Digest::of(b)) << wanted;
    }
    EXPECT_THAT(error_of([&] { DockerSource(members_of(tar), "c").images(); }),
                HasSubstr("no image 'c' in it but 'a:1', 'b:1'"));
}

/// Docker 25 and marten: the layout's manifest is the image's, and its digest stays.
TEST(DockerSource, TheManifestOfALayoutBesideIsKept) {
    const std::string packed = test::gzip(plain_layer("a"));
    Files files;
    const Descriptor config = add_blob(files, config_of({plain_layer("a")}), kOciConfigType);
    const Descriptor layer = add_blob(files, packed, std::string(kOciLayerType) + "+gzip");
    // Not as we would write it.
    const std::string original = make_manifest(config, {layer}).raw + "\n";
    Descriptor manifest = add_blob(files, original, kOciManifestType);
    manifest.platform = registry::Platform::parse("linux/amd64");
    Descriptor left_out = describe("other platform", kOciManifestType);
    left_out.platform = registry::Platform::parse("linux/arm64");
    const Descriptor index = add_blob(files, index_of({left_out, manifest}), kOciIndexType);
    add_index(files, {{index, annotations("docker.io/library/a:1", "1")}});
    files["manifest.json"] = "[" +
                             manifest_json("blobs/sha256/" + config.digest.hex(), R"(["a:1"])",
                                           {"blobs/sha256/" + layer.digest.hex()}) +
                             "]";
    DockerSource source(members_of(tar_of(files)));
    const auto images = source.images();
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].document.raw, original);
    EXPECT_EQ(images[0].document.digest, manifest.digest);
    EXPECT_EQ(fetch(source, layer), packed);

    // Without one of its blobs the layout's word is worth nothing.
    files["other"] = packed;
    files.erase("blobs/sha256/" + layer.digest.hex());
    files["manifest.json"] =
        "[" + manifest_json("blobs/sha256/" + config.digest.hex(), "null", {"other"}) + "]";
    DockerSource incomplete(members_of(tar_of(files)));
    EXPECT_NE(incomplete.images().at(0).document.digest, manifest.digest);
}

TEST(DockerSource, WhatIsMissingIsNamed) {
    const std::string a = plain_layer("a");
    const auto fails = [&](const std::string& manifest) {
        return error_of([&] {
            DockerSource(
                members_of(tar_of(
                    {{"c.json", config_of({a})}, {"a.tar", a}, {"manifest.json", manifest}})))
                .images();
        });
    };
    EXPECT_THAT(fails("[" + manifest_json("none.json", "null", {"a.tar"}) + "]"),
                HasSubstr("it has no 'none.json'"));
    EXPECT_THAT(fails("[" + manifest_json("c.json", "null", {"b.tar"}) + "]"),
                HasSubstr("its layer 'b.tar' is not in it"));
    EXPECT_THAT(fails("[" + manifest_json("c.json", "null", {"../../etc/passwd"}) + "]"),
                HasSubstr("its layer '../../etc/passwd' is not in it"));
    EXPECT_THAT(fails("[" + manifest_json("c.json", "null", {"a.tar", "a.tar"}) + "]"),
                HasSubstr("it has 2 layers, its config says 1"));
    EXPECT_THAT(fails("[" + manifest_json("a.tar", "null", {"a.tar"}) + "]"),
                HasSubstr("not valid JSON"));
    EXPECT_THAT(error_of([&] {
                    DockerSource(members_of(tar_of({{"x", ""}}))).images();
                }),
                HasSubstr("no docker-archive"));
}

TEST(DockerSource, AWrongLayerIsFoundWhenItIsFetched) {
    const std::string a = plain_layer("a"), b = plain_layer("b");
    DockerSource source(members_of(
        tar_of({{"a.tar", b},
                {"c.json", config_of({a})},
                {"manifest.json", "[" + manifest_json("c.json", "null", {"a.tar"}) + "]"}})));
    const registry::Manifest manifest = only_manifest(source);
    EXPECT_THAT(error_of([&] { fetch(source, manifest.layers.at(0)); }), HasSubstr("is damaged"));
}

TEST(DockerSource, AConfigMustHaveTheDigestItIsCalledBy) {
    const std::string a = plain_layer("a"), config = config_of({a});
    const std::string right = Digest::of(config).hex(), wrong = Digest::of("other").hex();
    const auto fails = [&](const std::string& path) {
        return error_of([&] {
            DockerSource(members_of(tar_of({{path, config},
                                            {"a.tar", a},
                                            {"manifest.json",
                                             "[" + manifest_json(path, "[]", {"a.tar"}) + "]"}})))
                .images();
        });
    };
    for (const std::string form : {"{}.json", "blobs/sha256/{}", "sha256:{}"}) {
        EXPECT_EQ(fails(fmt::format(fmt::runtime(form), right)), "no error") << form;
        EXPECT_THAT(fails(fmt::format(fmt::runtime(form), wrong)), HasSubstr("is damaged")) << form;
    }
}

TEST(DockerSource, LayersThatNoImageMayHaveAreRefused) {
    const std::string a = plain_layer("a");
    EXPECT_THAT(
        error_of([&] {
            DockerSource(
                members_of(tar_of(
                    {{"a.tar", test::xz(a)},
                     {"c.json", config_of({a})},
                     {"manifest.json", "[" + manifest_json("c.json", "null", {"a.tar"}) + "]"}})))
                .images();
        }),
        HasSubstr("compressed in a way that images do not use"));
}

}  // namespace
}  // namespace mincs::image
