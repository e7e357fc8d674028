#include "tools/polecat/bundle.hh"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libcore/base/digest.hh"
#include "libcore/base/files.hh"

namespace mincs::polecat {
namespace {

class BundleTest : public testing::Test {
 protected:
    BundleTest() {
        metadata_.polecat = "0.1.0";
        metadata_.name = "app";
        metadata_.args = {"app", "$(rm -rf /)\nexit"};
        metadata_.cwd = "/";
        write_file_atomic(directory_.path() / "image", std::string(8192, 'i'));
        image_ = Fd(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
    }

    std::string write(BundleFormat format, const std::string& runner) {
        const std::string path = directory_.path() / "out";
        write_bundle(path, {format, runner, image_.get(), metadata_});
        return path;
    }

    TempDir directory_;
    Fd image_;
    Metadata metadata_;
};

TEST_F(BundleTest, HoldsEachPartWhereTheTrailerSays) {
    for (const BundleFormat format : {BundleFormat::kShell, BundleFormat::kElf}) {
        const std::string path = write(format, std::string(5000, 'r'));
        const std::string bytes = read_file(path);
        const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        const Trailer trailer = read_trailer(fd.get(), path);
        EXPECT_EQ(trailer.runner.offset, format == BundleFormat::kElf ? 0u : 4096u);
        EXPECT_EQ(bytes.substr(trailer.runner.offset, trailer.runner.size), std::string(5000, 'r'));
        EXPECT_EQ(bytes.substr(trailer.image.offset, trailer.image.size), std::string(8192, 'i'));
        EXPECT_EQ(decode_metadata(bytes.substr(trailer.metadata.offset, trailer.metadata.size)),
                  metadata_);
        // The trailer's own digest is its last 32 bytes.
        const std::string end = bytes.substr(bytes.size() - kTrailerSize);
        std::string hex;
        for (const char c : end.substr(kTrailerSize - 32))
            hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
        EXPECT_EQ(hex, Digest::of(end.substr(0, kTrailerSize - 32)).hex());
    }
}

TEST_F(BundleTest, IsExecutableAndLeavesNothingBeside) {
    struct stat info;
    ASSERT_EQ(stat(write(BundleFormat::kShell, "r").c_str(), &info), 0);
    const mode_t mask = umask(0);
    umask(mask);
    EXPECT_EQ(info.st_mode & 07777, 0755 & ~mask);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 2);
}

TEST_F(BundleTest, TheHeaderKeepsTheCommandInAComment) {
    const std::string header = make_header(metadata_, 5000);
    EXPECT_EQ(header.size(), 4096u);
    EXPECT_THAT(header, testing::HasSubstr("\n#     app $(rm -rf /)\\nexit\n"));
    EXPECT_THAT(header, testing::HasSubstr("skip=1 count=2"));
    EXPECT_THAT(header, testing::Not(testing::ContainsRegex("@[A-Z]")));
}

TEST_F(BundleTest, AFileThatCannotBeWrittenLeavesNothing) {
    EXPECT_THROW(write_bundle(directory_.path() / "no/such/directory", {.image = image_.get()}),
                 SysError);
    Metadata huge = metadata_;
    huge.args.push_back(std::string(2 * kMaxMetadata, 'x'));
    EXPECT_THROW(
        write_bundle(directory_.path() / "huge", {BundleFormat::kShell, "r", image_.get(), huge}),
        Error);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

}  // namespace
}  // namespace mincs::polecat
