// JSON from strangers: bounds, keys that stand twice, and errors that name document and key.
#include "libcore/base/json.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "tests/support/error_of.hh"

namespace mincs {
namespace {

using test::error_of;

TEST(JsonTest, ReadsMembersWithCheckedTypes) {
    const Json json = parse_json(R"({"s":"x","i":-7,"b":true,"l":["a","b"],"n":null})", "it");
    EXPECT_EQ(json_string(json, "s", "it"), "x");
    EXPECT_EQ(json_int(json, "i", "it"), -7);
    EXPECT_EQ(json_bool_if(json, "b", "it"), true);
    EXPECT_EQ(json_strings_if(json, "l", "it"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(json_string_if(json, "n", "it"), std::nullopt) << "null counts as missing";
    EXPECT_EQ(json_int_if(json, "none", "it"), std::nullopt);
    EXPECT_TRUE(json_strings_if(json, "none", "it").empty());
}

TEST(JsonTest, NamesTheDocumentAndTheKey) {
    const Json json = parse_json(R"({"s":1,"l":["a",2],"big":18446744073709551615})", "the list");
    EXPECT_EQ(error_of([&] { json_string(json, "s", "the list"); }),
              "the list: 's' is not a string");
    EXPECT_EQ(error_of([&] { json_string(json, "t", "the list"); }), "the list: 't' is missing");
    EXPECT_EQ(error_of([&] { json_strings_if(json, "l", "the list"); }),
              "the list: 'l' is not a string");
    EXPECT_EQ(error_of([&] { json_int(json, "big", "the list"); }),
              "the list: 'big' is not a whole number");
    EXPECT_EQ(error_of([&] { json_int(Json::array(), "x", "the list"); }),
              "the list: expected a JSON object around 'x'");
}

TEST(JsonTest, RefusesAKeyThatStandsTwice) {
    EXPECT_EQ(error_of([] { parse_json(R"({"a":1,"b":{"a":2},"a":3})", "it"); }),
              "it: the key 'a' stands twice in one object");
    EXPECT_EQ(error_of([] { parse_json(R"([{"a":1},{"a":2,"b":{"a":1}}])", "it"); }), "no error")
        << "the same key in different objects is fine";
}

TEST(JsonTest, BoundsSizeAndDepth) {
    const std::string deep = std::string(64, '[') + std::string(64, ']');
    EXPECT_EQ(error_of([&] { parse_json(deep, "it"); }), "no error");
    EXPECT_EQ(error_of([&] { parse_json("[" + deep + "]", "it"); }),
              "it: JSON nested deeper than 64 levels");
    EXPECT_NE(error_of([&] { parse_json(std::string(1000000, '['), "it"); }), "no error");
    EXPECT_EQ(error_of([&] { parse_json("\"123456789\"", "it", {.bytes = 10}); }),
              "it: more than 10 bytes of JSON");
}

TEST(JsonTest, BadSyntaxIsOneLine) {
    for (const char* bad : {"", "{", "{\"a\":}", "[1,]", "{} {}", "\"\x01\"", "\"\xff\"", "nul"}) {
        const std::string error = error_of([&] { parse_json(bad, "it"); });
        EXPECT_TRUE(error.starts_with("it: not valid JSON: ")) << bad << " " << error;
        EXPECT_EQ(error.find_first_of("\n\x01\xff"), std::string::npos) << error;
    }
}

TEST(JsonTest, DumpsWhatIsNoUtf8) {
    EXPECT_EQ(dump_json(Json{{"k", "a\xff"}}), "{\"k\":\"a\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace mincs
