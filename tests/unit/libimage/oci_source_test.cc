// OCI layouts as sources, directories and tars.
#include "libimage/oci_source.hh"

#include "libimage/copy.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

TEST(OciSource, TarAndDirectoryAreTheSame) {
    const Files files = one_image_layout();
    const TempDir directory;
    write_files(directory.path(), files);
    OciSource in_tar(members_of(tar_of(files)));
    OciSource in_directory(
        std::make_shared<DirectoryMembers>(fs::RootDir::open(directory.path().native())));
    for (Source* source : {static_cast<Source*>(&in_tar), static_cast<Source*>(&in_directory)}) {
        const auto images = source->images();
        ASSERT_EQ(images.size(), 1u);
        EXPECT_THAT(images[0].names, ElementsAre("localhost/one:latest"));
        EXPECT_EQ(fetch(*source, describe("the layer", "")), "the layer");
    }
}

TEST(OciSource, AnImageWithSeveralNamesIsOneImage) {
    Files files;
    const Descriptor manifest = add_image(files, "layer");
    const Descriptor other = add_image(files, "other");
    add_index(files, {{manifest, annotations("docker.io/library/a:1", "1")},
                      {other, ""},
                      {manifest, annotations("docker.io/library/a:2", "2")}});
    OciSource source(members_of(tar_of(files)));
    const auto images = source.images();
    ASSERT_EQ(images.size(), 2u);
    EXPECT_THAT(images[0].names, ElementsAre("docker.io/library/a:1", "docker.io/library/a:2"));
    EXPECT_THAT(images[1].names, IsEmpty());
}

TEST(OciSource, OneOfSeveralByTagOrName) {
    Files files;
    const Descriptor a = add_image(files, "a");
    const Descriptor b = add_image(files, "b");
    add_index(files, {{a, annotations("docker.io/library/a:latest", "latest")},
                      {b, annotations("docker.io/library/b:latest", "b-tag")}});
    const auto members = members_of(tar_of(files));
    for (const char* wanted : {"b-tag", "docker.io/library/b:latest", "b"}) {
        const auto images = OciSource(members, wanted).images();
        ASSERT_EQ(images.size(), 1u) << wanted;
        EXPECT_EQ(images[0].document.digest, b.digest) << wanted;
    }
    EXPECT_THAT(error_of([&] { OciSource(members, "c").images(); }),
                HasSubstr("no image 'c' in it but 'latest', 'b-tag'"));
}

TEST(OciSource, AnIndexLeadsToTheImageOfThePlatform) {
    Files files;
    Descriptor amd64 = add_image(files, "a");
    Descriptor arm64 = add_image(files, "b");
    amd64.platform = registry::Platform::parse("linux/amd64");
    arm64.platform = registry::Platform::parse("linux/arm64");
    const Descriptor inner = add_blob(files, index_of({amd64, arm64}), kOciIndexType);
    add_index(files, {{inner, ""}});
    OciSource source(members_of(tar_of(files)));
    const Document found = choose_image(source, source.images().at(0).document,
                                        registry::Platform::parse("linux/arm64"));
    EXPECT_EQ(found.digest, arm64.digest);
    EXPECT_THAT(error_of([&] {
                    choose_image(source, source.images().at(0).document,
                                 registry::Platform::parse("linux/riscv64"));
                }),
                HasSubstr("linux/riscv64"));
}

TEST(OciSource, APlatformThatWasLeftOutIsAnErrorWithAHint) {
    Files files;
    Descriptor missing = describe("not here", kOciManifestType);
    missing.platform = registry::Platform::parse("linux/amd64");
    const Descriptor inner = add_blob(files, index_of({missing}), kOciIndexType);
    add_index(files, {{inner, ""}});
    OciSource source(members_of(tar_of(files)));
    try {
        choose_image(source, source.images().at(0).document,
                     registry::Platform::parse("linux/amd64"));
        FAIL();
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("is not in it"));
        EXPECT_THAT(error.hint(), HasSubstr("--platform"));
    }
}

TEST(OciSource, ArtifactsBesideAnImageAreNoImages) {
    Files files;
    const Descriptor image = add_image(files, "layer");
    const Descriptor signature = add_blob(files, "{}", kOciManifestType);
    add_index(files, {{signature, R"("artifactType":"application/vnd.example.signature")"},
                      {image, annotations("localhost/a:1", "1")}});
    const auto images = OciSource(members_of(tar_of(files))).images();
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].document.digest, image.digest);
}

TEST(OciSource, NoImageAndNoLayoutAreErrors) {
    Files files;
    add_index(files, {});
    EXPECT_THAT(error_of([&] { OciSource(members_of(tar_of(files))).images(); }),
                HasSubstr("there is no image in it"));
    files["oci-layout"] = R"({"imageLayoutVersion":"2.0.0"})";
    EXPECT_THAT(error_of([&] { OciSource source(members_of(tar_of(files))); }),
                HasSubstr("unknown version '2.0.0'"));
    files.erase("oci-layout");
    EXPECT_FALSE(OciSource::is_layout(*members_of(tar_of(files))));
}

}  // namespace
}  // namespace mincs::image
