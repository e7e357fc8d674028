#include "tools/polecat/format.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kFileSize = 4 * 4096 + 100 + 32 + kTrailerSize;

Trailer good_trailer() {
    Trailer trailer;
    trailer.runner = {4096, 4000};
    trailer.image = {2 * 4096, 2 * 4096};
    trailer.metadata = {4 * 4096, 100};
    trailer.pieces = {4 * 4096 + 100, 32};
    trailer.image_digest.fill(7);
    return trailer;
}

TEST(Trailer, ComesBackAsItWas) {
    const std::string bytes = encode_trailer(good_trailer());
    ASSERT_EQ(bytes.size(), kTrailerSize);
    EXPECT_EQ(decode_trailer(bytes, kFileSize), good_trailer());
}

TEST(Trailer, RefusesWhatIsNoBundle) {
    EXPECT_THROW(decode_trailer(std::string(kTrailerSize, '\0'), kFileSize), Error);
    EXPECT_THROW(decode_trailer(encode_trailer(good_trailer()).substr(1), kFileSize), Error);
    Trailer newer = good_trailer();
    newer.version = kFormatVersion + 1;
    EXPECT_THROW(decode_trailer(encode_trailer(newer), kFileSize), Error);
    Trailer older = good_trailer();
    older.version = 1;
    EXPECT_THROW(decode_trailer(encode_trailer(older), kFileSize), Error);
}

TEST(Trailer, RefusesPartsThatAreNotWhereTheyShouldBe) {
    const std::vector<std::pair<const char*, std::function<void(Trailer&)>>> damages = {
        {"overflow", [](Trailer& t) { t.image.size = ~0ull; }},
        {"offset overflow", [](Trailer& t) { t.image.offset = ~0ull & ~4095ull; }},
        {"beyond the end", [](Trailer& t) { t.image.size += 4096 * 10; }},
        {"overlap", [](Trailer& t) { t.image.offset = 0; }},
        {"unaligned", [](Trailer& t) { t.image.offset += 512; }},
        {"empty image", [](Trailer& t) { t.image.size = 0; }},
        {"pieces in the trailer", [](Trailer& t) { t.pieces.size += 32; }},
        {"pieces in the metadata", [](Trailer& t) { t.metadata.size += 1; }},
        {"no pieces", [](Trailer& t) { t.pieces.size = 0; }},
        {"a piece too few",
         [](Trailer& t) {
             t.pieces.offset += 31;
             t.pieces.size = 1;
         }},
        {"runner over image", [](Trailer& t) { t.runner.size = 5000; }},
    };
    for (const auto& [what, damage] : damages) {
        Trailer trailer = good_trailer();
        damage(trailer);
        EXPECT_THROW(decode_trailer(encode_trailer(trailer), kFileSize), Error) << what;
    }
    EXPECT_THROW(decode_trailer(encode_trailer(good_trailer()), kFileSize - 1), Error);
    EXPECT_THROW(decode_trailer(encode_trailer(good_trailer()), 100), Error);
}

TEST(Trailer, RefusesHugeMetadata) {
    Trailer trailer = good_trailer();
    const auto decode = [&](std::uint64_t size) {
        trailer.metadata.size = size;
        trailer.pieces = {trailer.metadata.offset + size, 2 * 32};
        return decode_trailer(encode_trailer(trailer), trailer.pieces.offset + 64 + kTrailerSize);
    };
    EXPECT_EQ(decode(kMaxMetadata).metadata.size, kMaxMetadata);
    EXPECT_THROW(decode(kMaxMetadata + 1), Error);
}

Metadata good_metadata() {
    Metadata metadata;
    metadata.polecat = "0.1.0";
    metadata.name = "top";
    metadata.args = {"top", "-b", "a \"quoted\" word"};
    metadata.env = {"PATH=/bin", "EMPTY="};
    metadata.cwd = "/srv";
    metadata.uid = 1000;
    metadata.gid = 100;
    metadata.additional_gids = {4, 24};
    metadata.capabilities = {0, 1, 21};
    metadata.binds = {{"/home", "/home", true}, {"/a", "/b", false}};
    metadata.shows_cwd = false;
    metadata.first = {"/usr/bin/top", "/lib/ld.so"};
    metadata.shows_home = metadata.no_network = metadata.x11 = metadata.wayland = true;
    return metadata;
}

TEST(Metadata, ComesBackAsItWas) {
    EXPECT_EQ(decode_metadata(encode_metadata(good_metadata())), good_metadata());
    EXPECT_EQ(encode_metadata(good_metadata()), encode_metadata(good_metadata()));
}

std::string records(std::string_view text) {
    std::string bytes(text);
    std::replace(bytes.begin(), bytes.end(), '\n', '\0');
    return bytes;
}

TEST(Metadata, RefusesWrongValues) {
    EXPECT_NO_THROW(decode_metadata(records("arg=top\ncwd=/\n")));
    for (const char* damage :
         {"", "arg=top\ncwd=/", "cwd=/\n", "arg=top\n", "arg=top\ncwd=srv\n",
          "arg=top\ncwd=/\nuid=-1\n", "arg=top\ncwd=/\nuid=4294967295\n",
          "arg=top\ncwd=/\ngid=1x\n", "arg=top\ncwd=/\ngroup=\n", "arg=top\ncwd=/\ncapability=64\n",
          "arg=top\ncwd=/\nbind=home\n", "arg=top\ncwd=/\nbind-at=/home\n",
          "arg=top\ncwd=/\nbind=/a\nbind-readonly=2\n", "arg=top\ncwd=/\nx11=yes\n",
          "arg=top\ncwd=/\n\n", "arg=top\ncwd=/\nwords\n"})
        EXPECT_THROW(decode_metadata(records(damage)), Error) << damage;
    Metadata nul = good_metadata();
    nul.args.push_back(std::string("a\0b", 3));
    EXPECT_THROW(encode_metadata(nul), Error);
}

TEST(Metadata, HasABound) {
    std::string many;
    for (int i = 0; i < 20000; ++i) many += "arg=x\n";
    EXPECT_THROW(decode_metadata(records(many + "cwd=/\n")), Error);
}

TEST(Metadata, IgnoresWhatItDoesNotKnow) {
    EXPECT_EQ(decode_metadata(encode_metadata(good_metadata()) + records("later=x\n")),
              good_metadata());
}

}  // namespace
}  // namespace mincs::polecat
