// Image names: what docker, podman and people write, and what none of them accepts.
#include "libregistry/reference.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

namespace mincs::registry {
namespace {

const std::string kHex(64, 'a');
const std::string kDigest = "sha256:" + kHex;

struct Good {
    std::string text;
    std::string whole;
    std::string familiar;
    std::string api_host;
    std::string key;
};

class GoodReference : public testing::TestWithParam<Good> {};

TEST_P(GoodReference, IsReadAsDockerReadsIt) {
    const Good& good = GetParam();
    const Reference reference = Reference::parse(good.text);
    EXPECT_EQ(reference.to_string(), good.whole);
    EXPECT_EQ(reference.familiar_name(), good.familiar);
    EXPECT_EQ(reference.api_host(), good.api_host);
    EXPECT_EQ(reference.manifest_key(), good.key);
    EXPECT_EQ(Reference::parse(reference.to_string()).to_string(), good.whole);
    EXPECT_EQ(Reference::parse(reference.familiar_name()).to_string(), good.whole);
}

constexpr const char* kHub = "registry-1.docker.io";

INSTANTIATE_TEST_SUITE_P(
    Names, GoodReference,
    testing::Values(
        Good{"fedora", "docker.io/library/fedora:latest", "fedora:latest", kHub, "latest"},
        Good{"fedora:42", "docker.io/library/fedora:42", "fedora:42", kHub, "42"},
        Good{"docker.io/foo.com/x", "docker.io/foo.com/x:latest", "docker.io/foo.com/x:latest",
             kHub, "latest"},
        Good{"org/app", "docker.io/org/app:latest", "org/app:latest", kHub, "latest"},
        Good{"library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest", kHub, "latest"},
        Good{"docker.io/fedora", "docker.io/library/fedora:latest", "fedora:latest", kHub,
             "latest"},
        Good{"index.docker.io/fedora", "docker.io/library/fedora:latest", "fedora:latest", kHub,
             "latest"},
        Good{"quay.io/org/app:1.2", "quay.io/org/app:1.2", "quay.io/org/app:1.2", "quay.io", "1.2"},
        Good{"Quay.IO/org/app:V_1", "quay.io/org/app:V_1", "quay.io/org/app:V_1", "quay.io", "V_1"},
        Good{"127.0.0.1:5000/library/debian", "127.0.0.1:5000/library/debian:latest",
             "127.0.0.1:5000/library/debian:latest", "127.0.0.1:5000", "latest"},
        Good{"localhost/x", "localhost/x:latest", "localhost/x:latest", "localhost", "latest"},
        Good{"LocalHost/x", "localhost/x:latest", "localhost/x:latest", "localhost", "latest"},
        Good{"[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest", "[::1]:5000", "latest"},
        Good{"host:5000/x:t", "host:5000/x:t", "host:5000/x:t", "host:5000", "t"},
        Good{"debian@" + kDigest, "docker.io/library/debian@" + kDigest, "debian@" + kDigest, kHub,
             kDigest},
        Good{"debian:12@" + kDigest, "docker.io/library/debian:12@" + kDigest,
             "debian:12@" + kDigest, kHub, kDigest},
        Good{"a/b-c/d__e/f.g/h---i", "docker.io/a/b-c/d__e/f.g/h---i:latest",
             "a/b-c/d__e/f.g/h---i:latest", kHub, "latest"}));

class BadReference : public testing::TestWithParam<std::string> {};

TEST_P(BadReference, IsRefused) {
    EXPECT_THROW(Reference::parse(GetParam()), UsageError) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(
    Names, BadReference,
    testing::Values("", ":", "/", "a/", "/a", "a//b", "fedora:", ":tag", "a:.b", "a:-b", "a b",
                    "https://quay.io/a", "docker://fedora", "Fedora", "Org/app", "quay.io/Org/app",
                    "a..b", "a___b", "a_-b", "-a", "a-", ".a", "a.", "../a", "quay.io/../a",
                    "quay.io/", "quay.io:0/a", "quay.io:99999/a", "quay.io:x/a", "-x.io/a",
                    "[::1/a", "[x]/a", "[..::1]/a", "[1:2]/a", "[::1]x/a", "user@quay.io/a",
                    "a@sha256:12", "a@md5:" + std::string(32, 'a'),
                    "a@sha256:" + std::string(64, 'A'), "a@" + kDigest + "@" + kDigest, kHex,
                    "a:" + std::string(129, 't'), std::string(256, 'a'), "a\nb", "a:b\r\nX: y",
                    "quay.io/a?b", "quay.io/a#b", "quay.io/%2e%2e/a", std::string("a\0b", 3), "é"));

TEST(Reference, ComplaintsNameWhatWasTyped) {
    try {
        Reference::parse("quay.io/Org/app");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_STREQ(
            error.what(),
            "'quay.io/Org/app' is not an image name: a repository is written in lower case");
    }
}

}  // namespace
}  // namespace mincs::registry
