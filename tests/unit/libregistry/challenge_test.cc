// WWW-Authenticate as registries send it, and worse.
#include "libregistry/challenge.hh"

#include <gtest/gtest.h>

#include "libregistry/base64.hh"

namespace mincs::registry {
namespace {

/// "scheme(name=value,...)[token68]" of each, joined by ';'.
std::string shown(std::string_view header) {
    std::string out;
    for (const Challenge& challenge : parse_challenges(header)) {
        out += (out.empty() ? "" : ";") + challenge.scheme + "(";
        std::string comma;
        for (const auto& [name, value] : challenge.parameters) {
            out += comma + name + "=" + value;
            comma = ",";
        }
        out += ")" + challenge.token68;
    }
    return out;
}

struct Header {
    std::string text;
    std::string shown;
};

class Challenges : public testing::TestWithParam<Header> {};

TEST_P(Challenges, AreTakenApart) {
    EXPECT_EQ(shown(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    All, Challenges,
    testing::Values(
        Header{R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",)"
               R"(scope="repository:library/fedora:pull")",
               "bearer(realm=https://auth.docker.io/token,scope=repository:library/fedora:pull,"
               "service=registry.docker.io)"},
        Header{R"(Basic realm="Registry Realm")", "basic(realm=Registry Realm)"},
        Header{R"(BASIC Realm=simple)", "basic(realm=simple)"}, Header{"Basic", "basic()"},
        Header{R"(Bearer realm="a", error="invalid_token", scope="r:a:pull,push")",
               "bearer(error=invalid_token,realm=a,scope=r:a:pull,push)"},
        Header{R"(Basic realm="x", Bearer realm="y",service="z")",
               "basic(realm=x);bearer(realm=y,service=z)"},
        Header{R"(Negotiate, Basic realm="x")", "negotiate();basic(realm=x)"},
        Header{R"(Negotiate YIIabc+/==, Basic realm="x")", "negotiate()YIIabc+/==;basic(realm=x)"},
        Header{R"(Bearer realm = "a b" , service= "c")", "bearer(realm=a b,service=c)"},
        Header{R"(Bearer realm="a\"b\\c, d")", R"(bearer(realm=a"b\c, d))"},
        Header{R"(, ,Basic realm="x",)", "basic(realm=x)"},
        Header{R"(Bearer realm="never closed)", "bearer()realm="},
        Header{R"(Bearer realm="first",realm="second")", "bearer(realm=first)"}, Header{"", ""},
        Header{"\"\"", ""}, Header{"= = =", ""}, Header{std::string(100'000, ','), ""}));

TEST(Challenges, AnyPrefixOfAHeaderEndsWithoutHarm) {
    const std::string whole = R"(Negotiate YII==, Bearer realm="h\"t", scope=x, Basic realm="y")";
    for (std::size_t i = 0; i <= whole.size(); ++i)
        EXPECT_LE(parse_challenges(std::string_view(whole).substr(0, i)).size(), 3u);
}

TEST(Base64, BothWays) {
    for (const char* text : {"", "a", "ab", "abc", "user:pass", "\xff\xfe:\x01"})
        EXPECT_EQ(base64_decode(base64_encode(text)), text);
    EXPECT_EQ(base64_encode("user:pass"), "dXNlcjpwYXNz");
    for (const char* bad : {"a", "ab", "ab=c", "====", "ab!=", " abc", "abc\n"})
        EXPECT_EQ(base64_decode(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace mincs::registry
