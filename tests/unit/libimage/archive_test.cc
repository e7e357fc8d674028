// open_archive: what a file is, however it is packed and whether or not it can seek.
#include "libimage/archive.hh"

#include <thread>

#include "libimage/oci_source.hh"
#include "libimage/root_source.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

using Archive = std::variant<std::shared_ptr<const Members>, RootTar>;

/// Opens archives and counts the files it had to be lent.
class OpenArchive : public testing::Test {
 protected:
    Archive open_file(std::string_view bytes) {
        return open_archive(file_with(bytes), "'x'", options());
    }
    Archive open_pipe(std::string_view bytes) {
        Pipe pipe = Pipe::make();
        std::jthread writer([&] {
            write_all(pipe.write_end.get(), bytes, "pipe");
            pipe.write_end.reset();
        });
        return open_archive(std::move(pipe.read_end), "'x'", options());
    }
    ArchiveOptions options() {
        ArchiveOptions options;
        options.spool = [this] {
            ++spools_;
            return file_with("");
        };
        return options;
    }
    static std::string image_in(Archive archive) {
        OciSource source(std::get<std::shared_ptr<const Members>>(archive));
        return source.images().at(0).names.at(0);
    }
    static std::string root_in(const Archive& archive) {
        const RootTar& tar = std::get<RootTar>(archive);
        std::string bytes;
        read_member(whole_file(tar.file.get()), "x", [&](std::string_view p) { bytes += p; });
        return bytes;
    }
    int spools_ = 0;
};

std::string root_tar() {
    return TarBuilder().directory("./").directory("./etc/").file("./etc/passwd", "root").bytes();
}

TEST_F(OpenArchive, APlainFileIsReadInPlace) {
    EXPECT_EQ(image_in(open_file(tar_of(one_image_layout()))), "localhost/one:latest");
    EXPECT_EQ(root_in(open_file(root_tar())), root_tar());
    EXPECT_EQ(spools_, 0);
}

TEST_F(OpenArchive, EveryCompressionFromFileAndPipe) {
    const std::string tar = tar_of(one_image_layout(std::string(900'000, 'x')));
    for (const std::string& bytes :
         {test::gzip(tar), test::bzip2(tar), test::xz(tar), test::zstd(tar)}) {
        spools_ = 0;
        EXPECT_EQ(image_in(open_file(bytes)), "localhost/one:latest");
        EXPECT_EQ(spools_, 1);
        EXPECT_EQ(image_in(open_pipe(bytes)), "localhost/one:latest");
        EXPECT_EQ(spools_, 2);
    }
    EXPECT_EQ(image_in(open_pipe(tar)), "localhost/one:latest");
}

TEST_F(OpenArchive, ACompressedRootStaysAsItCame) {
    for (const std::string& bytes : {test::gzip(root_tar()), test::zstd(root_tar())}) {
        spools_ = 0;
        EXPECT_EQ(root_in(open_file(bytes)), bytes);
        EXPECT_EQ(spools_, 0) << "seen by its beginning";
        EXPECT_EQ(root_in(open_pipe(bytes)), bytes);
        EXPECT_EQ(spools_, 1);
    }
}

TEST_F(OpenArchive, ARootThatOnlyItsEndTells) {
    const std::string odd = TarBuilder().directory("app/").file("app/run", "x").bytes();
    EXPECT_EQ(root_in(open_file(test::gzip(odd))), test::gzip(odd));
    EXPECT_EQ(root_in(open_pipe(test::gzip(odd))), odd);
    EXPECT_EQ(root_in(open_pipe(odd)), odd);
}

TEST_F(OpenArchive, ARootMayHaveAManifestOfItsOwn) {
    const std::string tar =
        TarBuilder().file("manifest.json", "{}").directory("etc").file("etc/passwd").bytes();
    EXPECT_EQ(root_in(open_file(tar)), tar);
    EXPECT_EQ(root_in(open_file(test::gzip(tar))), test::gzip(tar));
}

TEST_F(OpenArchive, AFileThatWasReadFromIsNotTakenFromItsBeginning) {
    const std::string tar = tar_of(one_image_layout());
    Fd fd = file_with("prefix" + tar);
    check(lseek(fd.get(), 6, SEEK_SET), "seeking");
    EXPECT_EQ(image_in(open_archive(std::move(fd), "'x'", options())), "localhost/one:latest");
    EXPECT_EQ(spools_, 1);
}

TEST_F(OpenArchive, WhatIsNoArchiveIsAnError) {
    EXPECT_THAT(error_of([&] { open_file(""); }), HasSubstr("'x': it is empty"));
    EXPECT_THAT(error_of([&] { open_file("hello\n"); }), HasSubstr("no sound tar"));
    EXPECT_THAT(error_of([&] { open_file(test::gzip("hello")); }), HasSubstr("no sound tar"));
    const std::string packed = test::gzip(tar_of(one_image_layout()));
    EXPECT_THAT(error_of([&] { open_file(packed.substr(0, packed.size() / 2)); }),
                HasSubstr("cut off"));
    EXPECT_THAT(error_of([&] { open_pipe(packed + "garbage"); }), HasSubstr("garbage"));
}

TEST_F(OpenArchive, TheWishToStopIsHeard) {
    const std::atomic<bool> cancelled = true;
    ArchiveOptions stopped = options();
    stopped.cancelled = &cancelled;
    EXPECT_THAT(error_of([&] { open_archive(file_with(root_tar()), "'x'", stopped); }),
                HasSubstr("stopped"));
}

TEST_F(OpenArchive, UnnamedFilesLeaveNothing) {
    const TempDir directory;
    const Fd file = make_unnamed_file(directory.path());
    write_all(file.get(), "x", "it");
    EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(RootSource, OneLayerTheTarItself) {
    for (const std::string& bytes : {root_tar(), test::gzip(root_tar()), test::zstd(root_tar())}) {
        Digest told;
        RootSource source(
            RootTar{file_with(bytes), "'root.tar'"},
            [&](const Digest& diff_id) {
                told = diff_id;
                return std::string("{}");
            },
            nullptr);
        EXPECT_EQ(told, Digest::of(root_tar()));
        const Document document = source.images().at(0).document;
        const auto manifest = registry::parse_manifest(document.raw, document.media_type, "it");
        EXPECT_EQ(fetch(source, manifest.config), "{}");
        EXPECT_EQ(fetch(source, manifest.layers.at(0)), bytes);
        EXPECT_EQ(manifest.layers.at(0).digest, Digest::of(bytes));
    }
    EXPECT_THAT(error_of([] {
                    RootSource(
                        RootTar{file_with(test::xz(root_tar())), "'r'"},
                        [](const Digest&) { return std::string(); }, nullptr);
                }),
                HasSubstr("compressed in a way"));
}

}  // namespace
}  // namespace mincs::image
