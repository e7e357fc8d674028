// OCI layout directories and archives as targets: what went in comes out, and a failure leaves what
// was.
#include "libimage/layout_target.hh"

#include "libimage/archive_target.hh"
#include "libimage/copy.hh"
#include "libimage/docker_source.hh"
#include "libimage/oci_source.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

std::vector<std::string> tree(const std::filesystem::path& root) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
        names.push_back(entry.path().lexically_relative(root).native());
    std::sort(names.begin(), names.end());
    return names;
}

OciSource one_image(const std::string& layer = "the layer") {
    return OciSource(members_of(tar_of(one_image_layout(layer))));
}

void copy_all(Source& source, Target& target) {
    Progress progress(Progress::Style::kQuiet);
    for (const OfferedImage& image : source.images())
        copy_image(source, target, image, image.names, {}, progress);
}

OciSource open_layout(const std::filesystem::path& path) {
    return OciSource(std::make_shared<DirectoryMembers>(fs::RootDir::open(path.native())));
}

TEST(LayoutTarget, WhatWentInComesOut) {
    const TempDir directory;
    const auto path = directory.path() / "layout";
    OciSource source = one_image();
    {
        LayoutTarget target(path);
        copy_all(source, target);
        target.finish();
    }
    OciSource copy = open_layout(path);
    EXPECT_EQ(copy.images().at(0).document.raw, source.images().at(0).document.raw);
    EXPECT_THAT(copy.images().at(0).names, ElementsAre("localhost/one:latest"));
    EXPECT_EQ(fetch(copy, describe("the layer", "")), "the layer");
    EXPECT_EQ(tree(path).size(), 7u) << "two files, two directories, three blobs";
}

TEST(LayoutTarget, GetsOneMoreImage) {
    const TempDir directory;
    for (const char* layer : {"one", "two"}) {
        OciSource source = one_image(layer);
        LayoutTarget target(directory.path(), layer);
        copy_all(source, target);
        target.finish();
    }
    EXPECT_EQ(open_layout(directory.path()).images().size(), 2u);
    EXPECT_EQ(
        OciSource(std::make_shared<DirectoryMembers>(fs::RootDir::open(directory.path().native())),
                  "two")
            .images()
            .at(0)
            .document.raw,
        one_image("two").images().at(0).document.raw);
}

TEST(LayoutTarget, UnfinishedLeavesNothing) {
    const TempDir directory;
    const auto path = directory.path() / "layout";
    OciSource source = one_image();
    {
        LayoutTarget target(path);
        copy_all(source, target);
        EXPECT_TRUE(std::filesystem::exists(path));
    }
    EXPECT_FALSE(std::filesystem::exists(path));

    {
        LayoutTarget target(path);
        copy_all(source, target);
        target.finish();
    }
    const auto before = tree(path);
    const std::string index = read_file(path / "index.json");
    {
        OciSource other = one_image("other");
        LayoutTarget target(path);
        copy_all(other, target);
        EXPECT_NE(tree(path), before);
    }
    EXPECT_EQ(tree(path), before);
    EXPECT_EQ(read_file(path / "index.json"), index);
}

TEST(LayoutTarget, ABlobThatIsWrongAtItsSourceDoesNotStay) {
    Files files = one_image_layout("the layer");
    files["blobs/sha256/" + Digest::of("the layer").hex()] = "THE LAYER";
    OciSource source(members_of(tar_of(files)));
    const TempDir directory;
    LayoutTarget target(directory.path());
    EXPECT_THAT(error_of([&] { copy_all(source, target); }), HasSubstr("is damaged"));
    for (const std::string& name : tree(directory.path()))
        EXPECT_THAT(name, testing::Not(HasSubstr(Digest::of("the layer").hex())));
}

TEST(LayoutTarget, OtherDirectoriesAndLinksAreRefused) {
    const TempDir directory;
    write_file_atomic(directory.path() / "file", "x");
    EXPECT_THAT(error_of([&] { LayoutTarget target(directory.path()); }),
                HasSubstr("neither empty nor an OCI layout"));
    EXPECT_EQ(tree(directory.path()).size(), 1u);

    const TempDir outside, layout;
    write_files(layout.path(), {{"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}});
    std::filesystem::create_symlink(outside.path(), layout.path() / "blobs");
    OciSource source = one_image();
    EXPECT_NE(error_of([&] {
                  LayoutTarget target(layout.path());
                  copy_all(source, target);
              }),
              "no error");
    EXPECT_TRUE(std::filesystem::is_empty(outside.path()));
}

std::string archive_of(ArchiveForm form, Source& source, const std::filesystem::path& path) {
    ArchiveTarget target(form, path.native());
    copy_all(source, target);
    target.finish();
    return read_file(path);
}

TEST(ArchiveTarget, BothFormsKeepDigestsAndAreReproducible) {
    const TempDir directory;
    OciSource source = one_image();
    const std::string original = source.images().at(0).document.raw;
    for (const ArchiveForm form : {ArchiveForm::kOci, ArchiveForm::kDocker}) {
        const std::string bytes = archive_of(form, source, directory.path() / "a.tar");
        EXPECT_EQ(bytes, archive_of(form, source, directory.path() / "b.tar"));
        OciSource as_layout(members_of(bytes));
        EXPECT_EQ(as_layout.images().at(0).document.raw, original);
        EXPECT_EQ(fetch(as_layout, describe("the layer", "")), "the layer");
    }
    DockerSource as_docker(members_of(read_file(directory.path() / "b.tar")));
    EXPECT_EQ(as_docker.images().at(0).document.raw, original);
    EXPECT_THAT(as_docker.images().at(0).names, ElementsAre("localhost/one:latest"));
}

TEST(ArchiveTarget, NamesAreWrittenAsDockerDoes) {
    Files files;
    const Descriptor manifest = add_image(files, "layer");
    add_index(
        files,
        {{manifest, annotations("docker.io/library/debian:12", "12")},
         {manifest, annotations("docker.io/library/debian@" + manifest.digest.to_string(), "x")}});
    OciSource source(members_of(tar_of(files)));
    const TempDir directory;
    const std::string bytes = archive_of(ArchiveForm::kDocker, source, directory.path() / "a.tar");
    EXPECT_THAT(bytes, HasSubstr(R"("RepoTags":["debian:12"])"));
    EXPECT_EQ(OciSource(members_of(bytes)).images().at(0).names.size(), 2u);
}

TEST(ArchiveTarget, AFailureLeavesNoFile) {
    Files files = one_image_layout("the layer");
    files["blobs/sha256/" + Digest::of("the layer").hex()] = "THE LAYER";
    OciSource source(members_of(tar_of(files)));
    const TempDir directory;
    EXPECT_THAT(
        error_of([&] { archive_of(ArchiveForm::kOci, source, directory.path() / "a.tar"); }),
        HasSubstr("is damaged"));
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

}  // namespace
}  // namespace mincs::image
