// index_tar: what it finds is at the place it says, and a tar that is not whole is refused.
#include "libcore/layer/tar_index.hh"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include "libcore/base/files.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::layer {
namespace {

using test::TarBuilder;
using test::TarItem;

Fd file_with(std::string_view bytes) {
    Fd fd(check(memfd_create("tar", MFD_CLOEXEC), "making a file"));
    write_all(fd.get(), bytes, "tar");
    return fd;
}

std::optional<TarIndex> index_of(std::string_view bytes, const TarIndexLimits& limits = {}) {
    const Fd fd = file_with(bytes);
    return index_tar(fd.get(), "x.tar", limits);
}

std::string content(const std::string& bytes, const TarMember& member) {
    return bytes.substr(static_cast<std::size_t>(member.offset),
                        static_cast<std::size_t>(member.size));
}

TEST(TarIndex, ContentsAreWhereItSays) {
    TarItem with_pax;
    with_pax.name = "pax";
    with_pax.content = std::string(70'000, 'p');
    with_pax.pax = {{"mtime", "1.5"}, {"SCHILY.xattr.user.a", std::string(3000, 'x')}};
    TarItem pax_size;
    pax_size.name = "size";
    pax_size.content = "by pax";
    pax_size.claimed_size = 6;
    pax_size.pax = {{"size", "6"}};
    const std::string long_name(200, 'l');
    const std::string bytes = TarBuilder()
                                  .directory("./")
                                  .file("./empty")
                                  .file("one", "1")
                                  .add(with_pax)
                                  .directory("blobs/")
                                  .file("blobs/" + long_name, "long")
                                  .add(pax_size)
                                  .file("last", std::string(512, 'z'))
                                  .bytes();
    const auto index = index_of(bytes);
    ASSERT_TRUE(index);
    EXPECT_EQ(index->size(), 7u);
    EXPECT_EQ(content(bytes, index->at("empty")), "");
    EXPECT_EQ(content(bytes, index->at("one")), "1");
    EXPECT_EQ(content(bytes, index->at("pax")), with_pax.content);
    EXPECT_EQ(content(bytes, index->at("blobs/" + long_name)), "long");
    EXPECT_EQ(content(bytes, index->at("size")), "by pax");
    EXPECT_EQ(content(bytes, index->at("last")), std::string(512, 'z'));
    EXPECT_EQ(index->at("blobs").type, TarMember::Type::kOther);
}

TEST(TarIndex, LinksAreKeptAsWritten) {
    const std::string target = "../" + std::string(150, 'd') + "/layer.tar";
    const auto index =
        index_of(TarBuilder().symlink("a/layer.tar", target).hard_link("b", "./a/file").bytes());
    ASSERT_TRUE(index);
    EXPECT_EQ(index->at("a/layer.tar").type, TarMember::Type::kLink);
    EXPECT_EQ(index->at("a/layer.tar").target, target);
    EXPECT_EQ(index->at("b").type, TarMember::Type::kHardLink);
    EXPECT_EQ(index->at("b").target, "a/file");
}

TEST(TarIndex, ANameThatStandsTwiceIsTold) {
    const std::string bytes = TarBuilder().file("a", "1").file("b").file("./a", "22").bytes();
    const auto index = index_of(bytes);
    ASSERT_TRUE(index);
    EXPECT_TRUE(index->at("a").repeated);
    EXPECT_EQ(content(bytes, index->at("a")), "22");
    EXPECT_FALSE(index->at("b").repeated);
}

TEST(TarIndex, HostileNamesAreOnlyKeys) {
    const auto index = index_of(TarBuilder().file("../../etc/passwd", "x").file("/abs").bytes());
    ASSERT_TRUE(index);
    EXPECT_TRUE(index->contains("../../etc/passwd"));
    EXPECT_TRUE(index->contains("/abs"));
}

TEST(TarIndex, ATruncatedTarIsAnError) {
    const std::string bytes = TarBuilder().file("a", std::string(2000, 'a')).file("b").open_end();
    for (const std::size_t size : {100u, 511u, 600u, 2511u, 3000u})
        EXPECT_THROW(index_of(bytes.substr(0, size)), Error) << size;
    EXPECT_THROW(
        index_of("no tar at all, but long enough to be looked at" + std::string(2000, 'x')), Error);
}

TEST(TarIndex, TheMemberThatIsCutOffIsNamed) {
    const std::string bytes = TarBuilder().file("a", std::string(2000, 'a')).bytes();
    try {
        index_of(bytes.substr(0, 600));
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "x.tar: 'a' is cut off");
    }
}

TEST(TarIndex, SizesThatCannotBeAreErrors) {
    for (const std::int64_t size : {std::int64_t{1} << 20, std::int64_t{1} << 40, INT64_MAX}) {
        TarItem item;
        item.name = "big";
        item.content = "small";
        item.claimed_size = size;
        EXPECT_THROW(index_of(TarBuilder().add(item).file("next").bytes()), Error) << size;
        item.claimed_size = 5;
        item.pax = {{"size", std::to_string(size)}};
        EXPECT_THROW(index_of(TarBuilder().add(item).bytes()), Error) << size;
    }
    TarItem negative;
    negative.name = "negative";
    negative.pax = {{"size", "-5"}};
    EXPECT_THROW(index_of(TarBuilder().add(negative).bytes()), Error);
}

TEST(TarIndex, MoreThanTheLimitsIsNoArchiveOfImages) {
    const std::string bytes = TarBuilder().file("a").file("b").file("c").bytes();
    EXPECT_TRUE(index_of(bytes, {.members = 3}));
    EXPECT_FALSE(index_of(bytes, {.members = 2}));
    EXPECT_FALSE(index_of(bytes, {.name_bytes = 2}));
}

TEST(TarIndex, ASparseFileIsNoPlainMember) {
    TarItem item;
    item.name = "sparse";
    item.content = std::string("1\n0\n5\n") + std::string(506, '\0') + "hello";
    item.pax = {{"GNU.sparse.major", "1"},
                {"GNU.sparse.minor", "0"},
                {"GNU.sparse.name", "sparse"},
                {"GNU.sparse.realsize", "100000"}};
    const auto index = index_of(TarBuilder().add(item).bytes());
    ASSERT_TRUE(index);
    EXPECT_EQ(index->at("sparse").type, TarMember::Type::kOther);
}

}  // namespace
}  // namespace mincs::layer
