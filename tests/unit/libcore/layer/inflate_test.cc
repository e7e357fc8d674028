// Inflater: the right bytes, and an error for every stream that is not whole.
#include "libcore/layer/inflate.hh"

#include <gmock/gmock.h>

#include <random>

#include "libcore/base/error.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::layer {
namespace {

using test::bzip2;
using test::gzip;
using test::xz;
using test::zstd;

/// Compressible, and longer than all buffers on the way.
std::string sample(std::size_t size = 3u << 20) {
    std::mt19937 random(1);
    std::string text;
    while (text.size() < size) text += fmt::format("line {} {}\n", random() % 1000, text.size());
    text.resize(size);
    return text;
}

std::string inflate(std::string_view compressed, std::size_t piece = 65536) {
    std::string plain;
    Inflater inflater([&](std::string_view bytes) { plain += bytes; });
    for (; !compressed.empty(); compressed.remove_prefix(std::min(piece, compressed.size())))
        inflater.write(compressed.substr(0, piece));
    inflater.finish();
    return plain;
}

std::string failure(std::string_view compressed, std::size_t piece = 65536) {
    try {
        inflate(compressed, piece);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(Inflate, EveryCompressionInEveryPieceSize) {
    const std::string plain = sample(300'000);
    for (const std::string& stream : {gzip(plain), zstd(plain), bzip2(plain), xz(plain), plain})
        for (const std::size_t piece : {1u, 2u, 3u, 7u, 1000u, 65536u, 1u << 24})
            EXPECT_TRUE(inflate(stream, piece) == plain) << piece;
}

TEST(Inflate, TellsTheCompression) {
    const auto told = [](const std::string& stream) {
        Inflater inflater([](std::string_view) {});
        inflater.write(stream);
        return inflater.compression();
    };
    EXPECT_EQ(told(gzip("hello")), Compression::kGzip);
    EXPECT_EQ(told(zstd("hello")), Compression::kZstd);
    EXPECT_EQ(told(std::string("\x50\x2a\x4d\x18\x01\x00\x00\x00x", 9) + zstd("hello")),
              Compression::kZstd);
    EXPECT_EQ(told(bzip2("hello")), Compression::kBzip2);
    EXPECT_EQ(told(bzip2("")), Compression::kBzip2);
    EXPECT_EQ(told(xz("hello")), Compression::kXz);
    EXPECT_EQ(told("hello, everybody"), Compression::kNone);
    EXPECT_EQ(told("BZh9 is the name of a file in a tar"), Compression::kNone);
}

TEST(Inflate, ShortAndEmptyStreams) {
    EXPECT_EQ(inflate(""), "");
    EXPECT_EQ(inflate("abc"), "abc");
    EXPECT_EQ(inflate(gzip("")), "");
    EXPECT_EQ(inflate(zstd("")), "");
    EXPECT_EQ(inflate(bzip2("")), "");
    EXPECT_EQ(inflate(xz("")), "");
}

TEST(Inflate, ConcatenatedMembersAndFrames) {
    const std::string a = sample(100'000);
    for (const std::size_t piece : {1u, 13u, 65536u}) {
        EXPECT_TRUE(inflate(gzip(a) + gzip("") + gzip("tail"), piece) == a + "tail") << piece;
        EXPECT_TRUE(inflate(zstd(a) + zstd("tail"), piece) == a + "tail") << piece;
        EXPECT_TRUE(inflate(bzip2(a) + bzip2("tail"), piece) == a + "tail") << piece;
        EXPECT_TRUE(inflate(xz(a) + xz("tail"), piece) == a + "tail") << piece;
    }
}

/// `stream` as gzip(1) writes it: with a file's name, and with every other field there is.
std::string with_fields(const std::string& stream, unsigned flags) {
    std::string header = stream.substr(0, 10);
    header[3] = static_cast<char>(flags);
    if (flags & 4) header += std::string("\5\0extra", 7);
    if (flags & 8) header += std::string("name.tar\0", 9);
    if (flags & 16) header += std::string("a comment\0", 10);
    return header + stream.substr(10);
}

TEST(Inflate, EveryFieldOfAGzipHeaderInEveryPieceSize) {
    const std::string plain = sample(50'000);
    for (const unsigned flags : {0u, 4u, 8u, 16u, 8u + 16u, 4u + 8u + 16u}) {
        const std::string stream = with_fields(gzip(plain), flags);
        for (const std::size_t piece : {1u, 3u, 11u, 17u, 65536u})
            EXPECT_TRUE(inflate(stream + stream, piece) == plain + plain) << flags << " " << piece;
        for (std::size_t size = 10; size < 50; ++size)
            EXPECT_THAT(failure(stream.substr(0, size)), testing::HasSubstr("cut off")) << size;
    }
}

TEST(Inflate, ZeroPaddingAfterGzipIsFine) {
    EXPECT_EQ(inflate(gzip("x") + std::string(10000, '\0'), 100), "x");
    EXPECT_NE(failure(gzip("x") + std::string(100, '\0') + "y"), "");
    EXPECT_NE(failure(gzip("x") + std::string(100, '\0') + gzip("y")), "");
}

TEST(Inflate, TrailingGarbageIsAnError) {
    for (const std::size_t piece : {1u, 65536u}) {
        EXPECT_NE(failure(gzip("hello") + "garbage", piece), "");
        EXPECT_NE(failure(gzip("hello") + "\x1f", piece), "");
        EXPECT_NE(failure(gzip("hello") + "\x1f\x8c" + std::string(50, 'x'), piece), "");
        EXPECT_NE(failure(zstd("hello") + "garbage", piece), "");
        EXPECT_NE(failure(zstd("hello") + "g", piece), "");
        EXPECT_NE(failure(bzip2("hello") + "garbage", piece), "");
        EXPECT_NE(failure(xz("hello") + "garbage", piece), "");
    }
}

TEST(Inflate, EveryTruncationIsAnError) {
    const std::string plain = sample(2000);
    for (const std::string& stream : {gzip(plain), zstd(plain)})
        for (std::size_t size = 4; size < stream.size(); ++size)
            EXPECT_THAT(failure(stream.substr(0, size)), testing::HasSubstr("cut off")) << size;
    for (const std::string& stream : {bzip2(plain), xz(plain)})
        for (std::size_t size = 10; size < stream.size(); ++size)
            EXPECT_THAT(failure(stream.substr(0, size)), testing::HasSubstr("cut off")) << size;
}

TEST(Inflate, WrongGzipTrailerIsAnError) {
    const std::string stream = gzip(sample(50'000));
    for (std::size_t from_end = 1; from_end <= 8; ++from_end) {
        std::string bad = stream;
        bad[bad.size() - from_end] ^= 1;
        for (const std::size_t piece : {1u, 65536u})
            EXPECT_THAT(failure(bad, piece), testing::HasSubstr("checksum")) << from_end;
        // Not only in the last member.
        EXPECT_NE(failure(bad + gzip("x")), "") << from_end;
    }
}

TEST(Inflate, FlippedBitsAreErrors) {
    const std::string plain = sample(20'000);
    for (const std::string& stream : {gzip(plain), zstd(plain), bzip2(plain), xz(plain)})
        for (std::size_t at = 30; at < stream.size(); at += 37) {
            std::string bad = stream;
            bad[at] = static_cast<char>(bad[at] ^ 0x10);
            EXPECT_NE(failure(bad), "") << at;
        }
}

TEST(Inflate, PiecesAreBoundedHoweverWellItCompressed) {
    const std::string zeros(64u << 20, '\0');
    for (const std::string& bomb : {gzip(zeros), zstd(zeros), bzip2(zeros), xz(zeros)}) {
        std::size_t largest = 0, total = 0;
        Inflater inflater([&](std::string_view bytes) {
            largest = std::max(largest, bytes.size());
            total += bytes.size();
        });
        inflater.write(bomb);
        inflater.finish();
        EXPECT_EQ(total, zeros.size());
        EXPECT_LE(largest, 1u << 20);
    }
}

TEST(Inflate, SinksExceptionComesThrough) {
    Inflater inflater([](std::string_view) { throw Error("full"); });
    EXPECT_THROW(inflater.write(gzip("hello")), Error);
}

}  // namespace
}  // namespace mincs::layer
