// Archives and layouts made by somebody who means harm: each is refused by name, and nothing
// outside of them is read.
#include <sys/stat.h>

#include "libimage/copy.hh"
#include "libimage/docker_source.hh"
#include "libimage/oci_source.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

std::string docker_failure(const TarBuilder& tar) {
    return error_of([&] { DockerSource(members_of(tar.bytes())).images(); });
}

/// A docker-archive whose one layer is what `add` puts at "layer".
template <typename Add>
std::string layer_failure(Add add) {
    TarBuilder tar;
    tar.file("c.json", config_of({"x"}));
    tar.file("manifest.json", R"([{"Config":"c.json","RepoTags":null,"Layers":["layer"]}])");
    add(tar);
    return docker_failure(tar);
}

TEST(HostileArchive, LinksOutOfItAndInCircles) {
    EXPECT_THAT(layer_failure([](TarBuilder& t) { t.symlink("layer", "/etc/passwd"); }),
                HasSubstr("leads out of the archive"));
    EXPECT_THAT(layer_failure([](TarBuilder& t) { t.symlink("layer", "../../etc/passwd"); }),
                HasSubstr("leads out of the archive"));
    EXPECT_THAT(layer_failure([](TarBuilder& t) { t.symlink("layer", "layer"); }),
                HasSubstr("a link to a link"));
    EXPECT_THAT(
        layer_failure([](TarBuilder& t) { t.symlink("layer", "b/../a").symlink("a", "layer"); }),
        HasSubstr("a link to a link"));
    EXPECT_THAT(layer_failure([](TarBuilder& t) { t.hard_link("layer", "/etc/passwd"); }),
                HasSubstr("is not in it"));
    EXPECT_THAT(layer_failure([](TarBuilder& t) { t.directory("layer"); }),
                HasSubstr("is not in it"));
    EXPECT_THAT(layer_failure([](TarBuilder& t) {
                    TarItem device;
                    device.name = "layer";
                    device.type = '3';
                    device.device_major = 1;
                    device.device_minor = 5;
                    t.add(device);
                }),
                HasSubstr("is not in it"));
}

TEST(HostileArchive, TwoManifestsAreNone) {
    TarBuilder tar;
    tar.file("c.json", config_of({}));
    tar.file("manifest.json", R"([{"Config":"c.json","Layers":[]}])");
    EXPECT_EQ(docker_failure(tar), "no error");
    tar.file("./manifest.json", R"([{"Config":"c.json","Layers":[]}])");
    EXPECT_THAT(docker_failure(tar), HasSubstr("'manifest.json' stands in it more than once"));
}

TEST(HostileArchive, JsonThatIsTooDeepTooBigOrWrong) {
    const auto fails = [](const std::string& json) {
        return docker_failure(
            TarBuilder().file("c.json", config_of({})).file("manifest.json", json));
    };
    EXPECT_THAT(fails(std::string(10'000, '[')), HasSubstr("nested deeper"));
    EXPECT_THAT(fails(std::string(5u << 20, ' ')), HasSubstr("more than the 4194304 allowed"));
    for (const char* json :
         {"", "{}", "[]", "[1]", "[[]]", R"([{"Config":5}])",
          R"([{"Config":"c.json","Layers":"x"}])", R"([{"Config":"c.json","Layers":[5]}])",
          R"([{"Config":"c.json","RepoTags":[{}],"Layers":[]}])",
          R"([{"Config":"c.json","Config":"d.json","Layers":[]}])"})
        EXPECT_NE(fails(json), "no error") << json;
    std::string many = "[";
    for (int i = 0; i < 1001; ++i)
        many += std::string(i > 0 ? "," : "") + R"({"Config":"c.json","Layers":[]})";
    EXPECT_THAT(fails(many + "]"), HasSubstr("no list of images"));
}

TEST(HostileArchive, DigestsThatAreNone) {
    const std::string config =
        R"({"rootfs":{"type":"layers","diff_ids":["sha256:../../../etc/passwd"]}})";
    EXPECT_NE(
        docker_failure(TarBuilder()
                           .file("c.json", config)
                           .file("layer", "x")
                           .file("manifest.json", R"([{"Config":"c.json","Layers":["layer"]}])")),
        "no error");
}

TEST(HostileLayout, ABlobThatIsAnother) {
    Files files = one_image_layout("the layer");
    const Descriptor layer = describe("the layer", "");
    files["blobs/sha256/" + layer.digest.hex()] = "THE LAYER";
    OciSource same_size(members_of(tar_of(files)));
    EXPECT_THAT(error_of([&] { fetch(same_size, layer); }), HasSubstr("is damaged"));
    files["blobs/sha256/" + layer.digest.hex()] = "longer than the layer";
    OciSource longer(members_of(tar_of(files)));
    std::string seen;
    EXPECT_THAT(
        error_of([&] { longer.fetch_blob(layer, [&](std::string_view piece) { seen += piece; }); }),
        HasSubstr("has 21 bytes where 9 were announced"));
    EXPECT_EQ(seen, "");
}

TEST(HostileLayout, AManifestThatIsAnother) {
    Files files = one_image_layout();
    for (auto& [name, content] : files)
        if (content.starts_with("{\"config\"") && name.starts_with("blobs")) content[2] = 'C';
    EXPECT_THAT(error_of([&] { OciSource(members_of(tar_of(files))).images(); }),
                HasSubstr("is damaged"));
}

TEST(HostileLayout, IndexesWithoutEnd) {
    Files files;
    Descriptor inner = add_image(files, "x");
    for (int i = 0; i < 10; ++i) {
        inner.platform = registry::Platform::parse("linux/amd64");
        inner = add_blob(files, index_of({inner}), kOciIndexType);
    }
    add_index(files, {{inner, ""}});
    OciSource source(members_of(tar_of(files)));
    const Document document = source.images().at(0).document;
    EXPECT_THAT(
        error_of([&] { choose_image(source, document, registry::Platform::parse("linux/amd64")); }),
        HasSubstr("nested deeper"));
    files["manifest.json"] = R"([{"Config":"oci-layout","Layers":[]}])";
    EXPECT_THAT(error_of([&] { DockerSource(members_of(tar_of(files))).images(); }),
                HasSubstr("nested too deep"));
}

TEST(HostileLayout, ManySmallIndexesOfManyManifests) {
    Files files;
    std::vector<Descriptor> inner;
    for (int i = 0; i < 32; ++i) {
        std::vector<Descriptor> leaves;
        for (int j = 0; j < 32; ++j)
            leaves.push_back(add_image(files, fmt::format("layer {} {}", i, j)));
        inner.push_back(add_blob(files, index_of(leaves), kOciIndexType));
    }
    add_index(files, {{add_blob(files, index_of(inner), kOciIndexType), ""}});
    files["manifest.json"] = R"([{"Config":"oci-layout","Layers":[]}])";
    EXPECT_THAT(error_of([&] { DockerSource(members_of(tar_of(files))).images(); }),
                HasSubstr("too many"));
}

TEST(HostileLayout, LinksInADirectoryAreNotFollowed) {
    const Files files = one_image_layout();
    const Descriptor layer = describe("the layer", "");
    const std::string path = "blobs/sha256/" + layer.digest.hex();
    const auto fails = [&](const std::filesystem::path& root) {
        return error_of([&] {
            OciSource source(std::make_shared<DirectoryMembers>(fs::RootDir::open(root.native())));
            source.images();
            fetch(source, layer);
        });
    };
    const TempDir outside;
    write_files(outside.path(), files);

    const TempDir blob;
    write_files(blob.path(), files);
    std::filesystem::remove(blob.path() / path);
    std::filesystem::create_symlink(outside.path() / path, blob.path() / path);
    EXPECT_THAT(fails(blob.path()), HasSubstr("is a link"));

    const TempDir directory;
    write_files(directory.path(), files);
    std::filesystem::remove_all(directory.path() / "blobs");
    std::filesystem::create_symlink(outside.path() / "blobs", directory.path() / "blobs");
    EXPECT_THAT(fails(directory.path()), HasSubstr("is a link"));

    const TempDir index;
    write_files(index.path(), files);
    std::filesystem::remove(index.path() / "index.json");
    std::filesystem::create_symlink(outside.path() / "index.json", index.path() / "index.json");
    EXPECT_THAT(fails(index.path()), HasSubstr("is a link"));

    const TempDir fifo;
    write_files(fifo.path(), files);
    std::filesystem::remove(fifo.path() / path);
    ASSERT_EQ(mkfifo((fifo.path() / path).c_str(), 0600), 0);
    EXPECT_THAT(fails(fifo.path()), HasSubstr("is not in it"));
}

TEST(HostileArchive, AFileThatShrinksWhileItIsRead) {
    Fd fd = file_with(std::string(1'000'000, 'x'));
    Member member;
    member.fd = fd.get();
    member.size = 1'000'000;
    check(ftruncate(fd.get(), 500'000), "cutting");
    EXPECT_THAT(error_of([&] { read_member(member, "'x'", [](std::string_view) {}); }),
                HasSubstr("has become shorter"));
}

}  // namespace
}  // namespace mincs::image
