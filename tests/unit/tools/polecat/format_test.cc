#include "tools/polecat/format.hh"

#include <gtest/gtest.h>

#include <functional>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kFileSize = 4 * 4096 + 100 + kTrailerSize;

Trailer good_trailer() {
    Trailer trailer;
    trailer.runner = {4096, 4000};
    trailer.image = {2 * 4096, 2 * 4096};
    trailer.metadata = {4 * 4096, 100};
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
    newer.version = 2;
    EXPECT_THROW(decode_trailer(encode_trailer(newer), kFileSize), Error);
}

TEST(Trailer, RefusesPartsThatAreNotWhereTheyShouldBe) {
    const std::vector<std::pair<const char*, std::function<void(Trailer&)>>> damages = {
        {"overflow", [](Trailer& t) { t.image.size = ~0ull; }},
        {"offset overflow", [](Trailer& t) { t.image.offset = ~0ull & ~4095ull; }},
        {"beyond the end", [](Trailer& t) { t.image.size += 4096 * 10; }},
        {"overlap", [](Trailer& t) { t.image.offset = 0; }},
        {"unaligned", [](Trailer& t) { t.image.offset += 512; }},
        {"empty image", [](Trailer& t) { t.image.size = 0; }},
        {"metadata in the trailer", [](Trailer& t) { t.metadata.size += 1; }},
        {"gap at the end", [](Trailer& t) { t.metadata.size -= 1; }},
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
    trailer.metadata.size = kMaxMetadata + 1;
    EXPECT_THROW(decode_trailer(encode_trailer(trailer),
                                trailer.metadata.offset + trailer.metadata.size + kTrailerSize),
                 Error);
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
    metadata.binds = {{"/home", "/home", true}};
    return metadata;
}

TEST(Metadata, ComesBackAsItWas) {
    EXPECT_EQ(decode_metadata(encode_metadata(good_metadata())), good_metadata());
    EXPECT_EQ(encode_metadata(good_metadata()), encode_metadata(good_metadata()));
}

TEST(Metadata, RefusesWrongValues) {
    const std::vector<std::pair<const char*, std::function<void(Json&)>>> damages = {
        {"no command", [](Json& j) { j["args"] = Json::array(); }},
        {"numbers as words",
         [](Json& j) {
             j["args"] = {1, 2};
         }},
        {"a NUL in a word", [](Json& j) { j["args"] = {std::string("a\0b", 3)}; }},
        {"relative cwd", [](Json& j) { j["cwd"] = "srv"; }},
        {"negative uid", [](Json& j) { j["user"]["uid"] = -1; }},
        {"uid out of range", [](Json& j) { j["user"]["uid"] = 4294967295u; }},
        {"no user", [](Json& j) { j.erase("user"); }},
        {"capability 64", [](Json& j) { j["capabilities"] = {64}; }},
        {"relative bind", [](Json& j) { j["binds"][0]["destination"] = "home"; }},
        {"bind without source", [](Json& j) { j["binds"][0].erase("source"); }},
        {"binds as text", [](Json& j) { j["binds"] = "x"; }},
    };
    for (const auto& [what, damage] : damages) {
        Json json = Json::parse(encode_metadata(good_metadata()));
        damage(json);
        EXPECT_THROW(decode_metadata(json.dump()), Error) << what;
    }
    EXPECT_THROW(decode_metadata("[]"), Error);
    EXPECT_THROW(decode_metadata("{"), Error);
}

TEST(Metadata, IgnoresWhatItDoesNotKnow) {
    Json json = Json::parse(encode_metadata(good_metadata()));
    json["later"] = {{"x", 1}};
    EXPECT_EQ(decode_metadata(json.dump()), good_metadata());
}

}  // namespace
}  // namespace mincs::polecat
