// apply_compressed_layer: the one pass from a registry's bytes to files.
#include <gmock/gmock.h>

#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {
namespace {

using test::gzip;
using test::TarBuilder;
using testing::HasSubstr;

class CompressedLayer : public LayerTest {
 protected:
    ApplyResult apply_blob(const std::string& blob, const std::string& tar,
                           const ApplyLimits& limits = {}) const {
        return apply_compressed_layer(source_of(blob, 1000), fs::RootDir::open(path("")),
                                      Digest::of(tar), limits);
    }
    std::string blob_refusal(const std::string& blob, const std::string& tar,
                             const ApplyLimits& limits = {}) const {
        try {
            apply_blob(blob, tar, limits);
        } catch (const Error& error) {
            return error.what();
        }
        ADD_FAILURE() << "the layer was accepted";
        return "";
    }
    std::string tar_ = TarBuilder().file("d/f", std::string(200'000, 'z')).file("g", "end").bytes();
};

TEST_F(CompressedLayer, EveryCompression) {
    for (const std::string& blob : {gzip(tar_), test::zstd(tar_), tar_}) {
        EXPECT_EQ(apply_blob(blob, tar_).entries, 2);
        EXPECT_EQ(read_file(path("g")), "end");
    }
}

TEST_F(CompressedLayer, DiffIdCoversWhatFollowsTheEndMarker) {
    const std::string padded = tar_ + std::string(9000, '\0');
    apply_blob(gzip(padded), padded);
    EXPECT_THAT(blob_refusal(gzip(padded), tar_), HasSubstr("digest"));
}

TEST_F(CompressedLayer, Sha512DiffId) {
    const std::string blob = gzip(tar_);
    apply_compressed_layer(source_of(blob), fs::RootDir::open(path("")),
                           Digest::of(tar_, DigestAlgorithm::kSha512));
}

TEST_F(CompressedLayer, WrongDiffIdIsRefused) {
    EXPECT_THAT(blob_refusal(gzip(tar_), "another"), HasSubstr(Digest::of(tar_).to_string()));
}

TEST_F(CompressedLayer, TruncatedBlobIsRefused) {
    const std::string blob = gzip(tar_);
    EXPECT_THAT(blob_refusal(blob.substr(0, blob.size() - 3), tar_), HasSubstr("cut off"));
    EXPECT_THAT(blob_refusal(blob.substr(0, blob.size() / 2), tar_), HasSubstr("cut off"));
}

TEST_F(CompressedLayer, WrongChecksumIsRefused) {
    std::string blob = gzip(tar_);
    blob[blob.size() - 6] ^= 1;
    EXPECT_THAT(blob_refusal(blob, tar_), HasSubstr("checksum"));
}

TEST_F(CompressedLayer, GzipBombStopsAtTheLimit) {
    const std::string tar = TarBuilder().file("zeros", std::string(100u << 20, '\0')).bytes();
    ApplyLimits limits;
    limits.bytes = 10 << 20;
    EXPECT_THAT(blob_refusal(gzip(tar), tar, limits), HasSubstr("entry 'zeros'"));
    // Zeros behind the end marker have no entry to count them.
    const std::string tail = TarBuilder().bytes() + std::string(200u << 20, '\0');
    EXPECT_THAT(blob_refusal(gzip(tail), tail, limits), HasSubstr("bigger"));
}

TEST_F(CompressedLayer, HostileEntryStopsTheInflatingThread) {
    const std::string tar =
        TarBuilder().file("../x").file("big", std::string(50u << 20, 'b')).bytes();
    EXPECT_THAT(blob_refusal(gzip(tar), tar), HasSubstr("entry '../x'"));
}

TEST_F(CompressedLayer, SourcesErrorComesThrough) {
    const std::string blob = gzip(tar_);
    int calls = 0;
    const TarSource failing = [&]() -> std::string_view {
        if (++calls > 1) throw Error("connection reset");
        return std::string_view(blob).substr(0, 100);
    };
    try {
        apply_compressed_layer(failing, fs::RootDir::open(path("")), Digest::of(tar_));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "connection reset");
    }
}

}  // namespace
}  // namespace mincs::layer
