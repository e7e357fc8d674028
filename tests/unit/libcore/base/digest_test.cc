// Digests: FIPS 180-4's own test vectors, and what must not pass for a digest (it ends up in a
// path).
#include "libcore/base/digest.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(DigestTest, HashesTheStandardsVectors) {
    EXPECT_EQ(Digest::of("abc").to_string(), std::string("sha256:") + kAbc);
    EXPECT_EQ(Digest::of("").hex(),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const Digest sha512 = Digest::of("abc", DigestAlgorithm::kSha512);
    EXPECT_EQ(sha512.algorithm_name(), "sha512");
    EXPECT_EQ(sha512.hex().substr(0, 16), "ddaf35a193617aba");
    EXPECT_EQ(sha512.hex().size(), 128u);
}

TEST(DigestTest, AStreamHashesAsItsWhole) {
    Hasher hasher;
    hasher.update("a");
    hasher.update("");
    hasher.update("bc");
    EXPECT_EQ(hasher.finish(), Digest::of("abc"));
}

TEST(DigestTest, ParsesWhatItPrints) {
    const Digest digest = Digest::of("x", DigestAlgorithm::kSha512);
    EXPECT_EQ(Digest::parse(digest.to_string()), digest);
    EXPECT_NE(Digest::parse(digest.to_string()), Digest());
}

TEST(DigestTest, RefusesWhatIsNoDigest) {
    const std::string good = std::string("sha256:") + kAbc;
    EXPECT_NO_THROW(Digest::parse(good));
    for (const std::string& bad :
         {std::string(), std::string("sha256"), std::string("sha256:"), std::string("md5:") + kAbc,
          std::string(kAbc), good + "0", good.substr(0, good.size() - 1), good + "\n",
          std::string("SHA256:") + kAbc, std::string("sha512:") + kAbc,
          "sha256:../../../../etc/passwd" + good.substr(36)})
        EXPECT_THROW(Digest::parse(bad), Error) << bad;
    std::string upper = good;
    upper[8] = 'A';
    EXPECT_THROW(Digest::parse(upper), Error);
}

TEST(DigestTest, TheErrorDoesNotRepeatAnEndlessText) {
    try {
        Digest::parse(std::string(1u << 20, 'x'));
        FAIL() << "accepted";
    } catch (const Error& error) {
        EXPECT_LT(std::string(error.what()).size(), 400u);
    }
}

}  // namespace
}  // namespace mincs
