#include "tools/polecat/runner/squashfs.hh"

#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <random>
#include <thread>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tools/polecat/pack.hh"
#include "tools/polecat/runner/unpack.hh"

namespace mincs::polecat {
namespace {

namespace stdfs = std::filesystem;

/// All that is below `top`, as the closure would have it.
Files all_files(const stdfs::path& top) {
    Files files;
    const auto add = [&](const stdfs::path& path, const std::string& name) {
        File file;
        if (lstat(path.c_str(), &file.info) == -1) throw SysError(errno, "'{}'", path.native());
        if (S_ISLNK(file.info.st_mode)) file.link = stdfs::read_symlink(path);
        files[name] = file;
    };
    add(top, "/");
    for (const auto& entry : stdfs::recursive_directory_iterator(top))
        add(entry.path(), "/" + entry.path().lexically_relative(top).native());
    return files;
}

/// A tree with everything an image can hold, packed by pack.cc.
class SquashfsTest : public testing::Test {
 protected:
    SquashfsTest() {
        const stdfs::path top = directory_.path() / "tree";
        make_directories(top / "deep/er/est");
        make_directories(top / "many");
        std::string text;
        std::mt19937 random(1);
        for (int i = 0; i < 300'000; ++i) text += static_cast<char>('a' + random() % 20);
        write_file_atomic(top / "big", text);
        write_file_atomic(top / "hole", std::string(200'000, '\0') + "end");
        write_file_atomic(top / "empty", "");
        write_file_atomic(top / "deep/er/est/small", "small\n", 0600);
        for (const char* name : {"big", "deep/er/est/small"}) {
            const std::string& path = top / name;
            setxattr(path.c_str(), "user.note", name, std::strlen(name), 0);
            // Long ones are kept once for all.
            setxattr(path.c_str(), "user.long", text.data(), 500, 0);
        }
        stdfs::create_hard_link(top / "big", top / "deep/same");
        stdfs::create_symlink("../big", top / "deep/link");
        for (int i = 0; i < 400; ++i)
            write_file_atomic(top / "many" / ("file" + std::to_string(1000 + i)),
                              std::to_string(i));
        tree_ = top;
    }

    std::string packed(PackCompression compression = PackCompression::kZstd,
                       std::uint32_t block = 16384) {
        const fs::RootDir root = fs::RootDir::open(tree_);
        const Fd out(check(open((directory_.path() / "image").c_str(),
                                O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
                           "creating an image"));
        PackOptions options;
        options.compression = compression;
        options.block_size = block;
        options.zstd_level = 3;
        options.first = {"/big"};
        options.plain = plain_ ? Plain::kAll : Plain::kNone;
        pack(root, all_files(tree_), options, out.get());
        return read_file(directory_.path() / "image", 64u << 20);
    }

    /// Everything in an image, looked at by every way there is.
    std::size_t look_at_all(const std::string& bytes) {
        const Fd file(check(memfd_create("image", MFD_CLOEXEC), "making an image"));
        write_all(file.get(), bytes, "an image");
        Squashfs image(file.get(), {0, bytes.size()});
        TempDir place;
        const Fd top(open(place.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        return unpack(image, top.get(), false).entries;
    }

    TempDir directory_;
    stdfs::path tree_;
    bool plain_ = false;  // the content of /big
};

TEST_F(SquashfsTest, UnpacksWhatWasPacked) {
    for (const PackCompression compression : {PackCompression::kZstd, PackCompression::kXz})
        for (const std::uint32_t block : {4096u, 131072u, 1048576u}) {
            const std::string bytes = packed(compression, block);
            const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
            Squashfs image(file.get(), {0, bytes.size()});
            EXPECT_STREQ(image.compression(), compression == PackCompression::kXz ? "xz" : "zstd");
            TempDir place;
            const Fd top(open(place.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            EXPECT_EQ(unpack(image, top.get(), false).entries, 410u);
            for (const char* name : {"big", "hole", "empty", "deep/er/est/small", "deep/same",
                                     "deep/link", "many/file1399"})
                EXPECT_EQ(read_file(place.path() / name), read_file(tree_ / name)) << name;
            struct stat was, is;
            ASSERT_EQ(stat((tree_ / "deep/er/est/small").c_str(), &was), 0);
            ASSERT_EQ(stat((place.path() / "deep/er/est/small").c_str(), &is), 0);
            EXPECT_EQ(is.st_mode, was.st_mode);
            EXPECT_EQ(is.st_mtime, was.st_mtime);
            ASSERT_EQ(stat((place.path() / "deep/same").c_str(), &is), 0);
            EXPECT_EQ(is.st_nlink, 2u);
            EXPECT_EQ(stdfs::read_symlink(place.path() / "deep/link"), "../big");
        }
}

Inode inode_named(Squashfs& image, std::string_view name) {
    for (const DirectoryEntry& entry : image.list(image.inode(image.root())))
        if (entry.name == name) return image.inode(entry.ref);
    throw Error("no '{}'", name);
}

TEST_F(SquashfsTest, ReadsAnyPartOfAFile) {
    const std::string bytes = packed();
    const std::string content = read_file(tree_ / "big");
    const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
    Squashfs image(file.get(), {0, bytes.size()});
    const Inode inode = inode_named(image, "big");
    for (const std::uint64_t offset : {0u, 1u, 16383u, 16384u, 299'990u, 300'000u, 400'000u})
        for (const std::size_t size : {1u, 16384u, 40'000u}) {
            std::string part(size, '\0');
            part.resize(image.read(inode, offset, part.data(), part.size()));
            EXPECT_EQ(part, offset < content.size() ? content.substr(offset, size) : "");
        }
}

// With a helper and with few blocks kept: what was expected is right, and so is what was pushed
// out.
TEST_F(SquashfsTest, AHelperChangesNothing) {
    const std::string content = read_file(tree_ / "big");
    for (const bool is_plain : {false, true}) {
        plain_ = is_plain;
        const std::string bytes = packed();
        const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
        Squashfs image(file.get(), {0, bytes.size()});
        image.map();
        image.start_helper();
        const Inode inode = inode_named(image, "big"), hole = inode_named(image, "hole");
        for (int round = 0; round < 20; ++round) {
            image.expect(inode, 0, inode.size);
            image.expect(hole, 0, ~0ull);
            std::string all(inode.size, '\0');
            ASSERT_EQ(image.read(inode, 0, all.data(), all.size()), content.size());
            ASSERT_TRUE(all == content);
            all.resize(hole.size);
            ASSERT_EQ(image.read(hole, 0, all.data(), all.size()), hole.size);
            ASSERT_TRUE(all == std::string(200'000, '\0') + "end");
        }
    }
}

// Room is used again, but not that of bytes which somebody still looks at.
TEST_F(SquashfsTest, WhatIsLookedAtStays) {
    std::string content;
    for (int i = 0; content.size() < 12u << 20; ++i) content += std::to_string(i) + "\n";
    write_file_atomic(tree_ / "big", content);
    const std::string bytes = packed(PackCompression::kZstd, 1u << 20);
    const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
    Squashfs image(file.get(), {0, bytes.size()});
    image.start_helper();
    const Inode inode = inode_named(image, "big");
    const std::vector<Piece> held = image.pieces(inode, 0, 1000);
    std::string all(inode.size, '\0');
    for (int round = 0; round < 2; ++round) {
        image.expect(inode, 0, inode.size);
        image.read(inode, 0, all.data(), all.size());
        EXPECT_TRUE(all == content);
    }
    ASSERT_EQ(held.size(), 1u);
    EXPECT_EQ(std::string(held[0].bytes, held[0].size), content.substr(0, 1000));
}

std::string attribute_of(const stdfs::path& path, const char* name) {
    char value[1024];
    const ssize_t size = getxattr(path.c_str(), name, value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
}

TEST_F(SquashfsTest, KeepsUsersAttributes) {
    if (attribute_of(tree_ / "big", "user.note") == "none")
        GTEST_SKIP() << "no user attributes on this file system";
    const std::string bytes = packed();
    const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
    Squashfs image(file.get(), {0, bytes.size()});
    EXPECT_TRUE(image.has_attributes());
    EXPECT_EQ(image.attributes(inode_named(image, "big")).size(), 2u);
    EXPECT_TRUE(image.attributes(inode_named(image, "hole")).empty());
    TempDir place;
    const Fd top(open(place.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    unpack(image, top.get(), false);
    for (const char* name : {"big", "deep/same", "deep/er/est/small"})
        for (const char* attribute : {"user.note", "user.long"})
            EXPECT_EQ(attribute_of(place.path() / name, attribute),
                      attribute_of(tree_ / name, attribute))
                << name << attribute;
    Inode wrong = inode_named(image, "big");
    wrong.attributes = 77;
    EXPECT_THROW(image.attributes(wrong), Error);
}

// A helper that is told of blocks that are not there says nothing; who reads them is told.
TEST_F(SquashfsTest, AHelperSurvivesDamage) {
    std::string bytes = packed();
    std::fill_n(bytes.begin() + 96, 40'000, '\x55');
    const Fd file(check(memfd_create("image", MFD_CLOEXEC), "making an image"));
    write_all(file.get(), bytes, "an image");
    Squashfs image(file.get(), {0, bytes.size()});
    image.start_helper();
    const Inode inode = inode_named(image, "big");
    std::string all(inode.size, '\0');
    for (int round = 0; round < 5; ++round) {
        image.expect(inode, 0, inode.size);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));  // for the helper to try
        EXPECT_THROW(image.read(inode, 0, all.data(), all.size()), Error);
    }
}

// A block is as long as the file's size says, whether it was compressed, plain or plain and mapped:
// a reader would get what lies behind it.
TEST_F(SquashfsTest, RefusesABlockOfAnotherLength) {
    for (const bool is_plain : {false, true})
        for (const bool is_mapped : {false, true}) {
            plain_ = is_plain;
            const std::string bytes = packed();
            const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
            Squashfs image(file.get(), {0, bytes.size()});
            if (is_mapped) image.map();
            Inode inode = inode_named(image, "big");
            inode.size = 18 * image.block_size() - 100;  // 18 whole blocks are there
            char byte;
            EXPECT_EQ(image.read(inode, 0, &byte, 1), 1u);
            EXPECT_THROW(image.read(inode, inode.size - 1, &byte, 1), Error)
                << is_plain << is_mapped;
        }
}

// Every way of being damaged ends, and ends in an Error or in something harmless.
TEST_F(SquashfsTest, SurvivesEveryTruncation) {
    const std::string bytes = packed();
    for (std::size_t size = 0; size < bytes.size(); size += size < 256 ? 1 : 997) {
        try {
            look_at_all(bytes.substr(0, size));
        } catch (const Error&) {
        }
    }
    EXPECT_THROW(look_at_all(bytes.substr(0, bytes.size() / 2)), Error);
    EXPECT_THROW(look_at_all(""), Error);
}

TEST_F(SquashfsTest, SurvivesDamagedBytes) {
    tree_ /= "deep";
    const std::string bytes = packed();
    // All of the super block and the tables; of the content every so often.
    const auto tables = decode_number<std::uint64_t>(bytes.data() + 64);
    std::size_t refused = 0, tried = 0;
    const auto used = decode_number<std::uint64_t>(bytes.data() + 40);
    for (std::size_t at = 0; at < used;) {
        for (const int change : {0x01, 0x80, 0xff}) {
            std::string damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ change);
            ++tried;
            try {
                look_at_all(damaged);
            } catch (const Error&) {
                ++refused;
            }
        }
        at += at < 96 || at >= tables ? 1 : 4999;
    }
    EXPECT_GT(refused, tried / 4) << tried;
}

/// Damages below the compression, which byte flips hardly ever get through: the metadata block at
/// the root's inode, stored plain and changed.
TEST_F(SquashfsTest, RefusesADirectoryThatHoldsItself) {
    tree_ /= "deep/er";
    const std::string bytes = packed();
    const Fd file(open((directory_.path() / "image").c_str(), O_RDONLY | O_CLOEXEC));
    Squashfs image(file.get(), {0, bytes.size()});
    const auto entries = image.list(image.inode(image.root()));
    ASSERT_EQ(entries.size(), 1u);
    // The listing: header of 12 bytes, then the entry's offset in the inode table's block.
    const auto table = decode_number<std::uint64_t>(bytes.data() + 72);
    const auto header = decode_number<std::uint16_t>(bytes.data() + table);
    std::string listing(bytes.substr(table + 2, header & 0x7fff));
    if (!(header & 0x8000)) {
        std::string plain(8192, '\0');
        plain.resize(Decompressor(6).decompress(listing, plain.data(), plain.size()));
        listing = plain;
    }
    const auto root_listing = image.inode(image.root()).listing_offset;
    const auto root_at = static_cast<std::uint16_t>(image.root() & 0xffff);
    listing[root_listing + 12u] = static_cast<char>(root_at & 0xff);
    listing[root_listing + 13u] = static_cast<char>(root_at >> 8);
    std::string block;
    block += static_cast<char>(listing.size() & 0xff);
    block += static_cast<char>(listing.size() >> 8 | 0x80);
    // A table of its own behind the image, so that nothing else moves.
    std::string hostile = bytes + block + listing;
    const auto put = [&](std::size_t at, std::uint64_t value) {
        std::memcpy(hostile.data() + at, &value, sizeof value);
    };
    const std::uint64_t tail = bytes.size();
    put(72, tail);
    put(40, hostile.size());
    // Owners and fragments have to stand behind it.
    const auto ids = decode_number<std::uint64_t>(bytes.data() + 48);
    hostile += bytes.substr(ids, 8);
    put(48, hostile.size() - 8);
    put(80, ~0ull);
    put(40, hostile.size());
    EXPECT_THROW(
        {
            try {
                look_at_all(hostile);
            } catch (const Error& error) {
                EXPECT_THAT(error.what(), testing::HasSubstr("twice"));
                throw;
            }
        },
        Error);
}

TEST(DataBlocks, WhatWasTakenWholeMakesRoom) {
    constexpr std::uint32_t kSize = 4096, kStored = kSize | ImageBlocks::kDataIsPlain;
    const Fd file(check(memfd_create("image", MFD_CLOEXEC), "making an image"));
    write_all(file.get(),
              std::string(kSize, 'a') + std::string(kSize, 'b') + std::string(kSize, 'c'),
              "an image");
    ImageBlocks image(file.get(), {0, 3 * kSize});
    image.set_format(6, kSize, 3 * kSize);
    DataBlocks blocks(image);
    const char* const place = blocks.get(0, kStored, kSize)->data();
    const char* const again = blocks.get(kSize, kStored, kSize - 1)->data();
    EXPECT_EQ(again, place) << "all of the first block was taken";
    EXPECT_NE(blocks.get(2 * kSize, kStored, kSize)->data(), place) << "of the second one was not";
    EXPECT_EQ(*blocks.get(kSize, kStored, 1), std::string(kSize, 'b'));
    EXPECT_EQ(*blocks.get(0, kStored, kSize), std::string(kSize, 'a'));
    EXPECT_EQ(*blocks.get(2 * kSize, kStored, kSize), std::string(kSize, 'c'));
}

}  // namespace
}  // namespace mincs::polecat
