// copy_image: everything an image refers to, in the right order, and nothing twice.
#include "libimage/copy.hh"

#include <mutex>
#include <set>

#include "libimage/oci_source.hh"
#include "tests/unit/libimage/image_test_util.hh"

namespace mincs::image {
namespace {

/// Remembers what it got, and that whatever a document refers to had come before it.
class RecordingTarget : public Target {
 public:
    explicit RecordingTarget(bool takes_indexes = true) : takes_indexes_(takes_indexes) {}
    const std::string& name() const override { return name_; }
    std::size_t blobs_at_once() const override { return 3; }
    bool takes_indexes() const override { return takes_indexes_; }
    BlobOutcome put_blob(Source& source, const Descriptor& descriptor) override {
        const std::string data = fetch(source, descriptor);
        const std::lock_guard lock(mutex_);
        EXPECT_TRUE(blobs.insert(data).second) << "twice";
        if (!fail_at.empty() && data == fail_at) throw Error("full");
        return BlobOutcome::kCopied;
    }
    void put_document(const Document& document, const std::vector<std::string>& names,
                      bool is_root) override {
        EXPECT_EQ(is_root, !names.empty());
        documents.push_back(document.digest);
    }
    void finish() override {}

    std::set<std::string> blobs;
    std::vector<Digest> documents;
    std::string fail_at;

 private:
    std::string name_ = "'memory'";
    bool takes_indexes_;
    std::mutex mutex_;
};

struct Indexed {
    Files files;
    Descriptor amd64, arm64, attestation, index;
    Indexed() {
        amd64 = add_image(files, "a");
        arm64 = add_image(files, "b");
        amd64.platform = registry::Platform::parse("linux/amd64");
        arm64.platform = registry::Platform::parse("linux/arm64");
        // As BuildKit writes it: its layer is no layer.
        const Descriptor config = add_blob(files, "{}", kOciConfigType);
        const Descriptor statement = add_blob(files, "proof", "application/vnd.in-toto+json");
        attestation = add_blob(files, make_manifest(config, {statement}).raw, kOciManifestType);
        attestation.platform = registry::Platform{"unknown", "unknown", ""};
        index = add_blob(files, index_of({amd64, arm64, attestation}), kOciIndexType);
        add_index(files, {{index, ""}});
    }
    Digest copy_to(Target& target, const CopyOptions& options = {}) const {
        OciSource source(members_of(tar_of(files)));
        Progress progress(Progress::Style::kQuiet);
        return copy_image(source, target, source.images().at(0), {"localhost/x:1"}, options,
                          progress);
    }
};

TEST(CopyImage, AnIndexIsCopiedWholeAndLast) {
    const Indexed image;
    RecordingTarget target;
    EXPECT_EQ(image.copy_to(target), image.index.digest);
    EXPECT_THAT(target.documents, ElementsAre(image.amd64.digest, image.arm64.digest,
                                              image.attestation.digest, image.index.digest));
    EXPECT_EQ(target.blobs.size(), 6u) << "two configs and layers, the attestation's";
}

TEST(CopyImage, WhatTwoImagesShareIsCopiedOnce) {
    Files files;
    const Descriptor config = add_blob(files, config_of({"a"}), kOciConfigType);
    const Descriptor layer = add_blob(files, "a", std::string(kOciLayerType) + "+gzip");
    const Document one = make_manifest(config, {layer});
    const Document two{"", one.raw + "\n", {}};
    const Descriptor first = add_blob(files, one.raw, kOciManifestType);
    const Descriptor second = add_blob(files, two.raw, kOciManifestType);
    add_index(files, {{add_blob(files, index_of({first, second, first}), kOciIndexType), ""}});
    OciSource source(members_of(tar_of(files)));
    RecordingTarget target;
    Progress progress(Progress::Style::kQuiet);
    copy_image(source, target, source.images().at(0), {"localhost/x:1"}, {}, progress);
    EXPECT_EQ(target.blobs.size(), 2u);
    EXPECT_EQ(target.documents.size(), 3u);
}

TEST(CopyImage, OnePlatformOnly) {
    const Indexed image;
    RecordingTarget target;
    EXPECT_EQ(image.copy_to(target, {.platform = registry::Platform::parse("linux/arm64")}),
              image.arm64.digest);
    EXPECT_THAT(target.documents, ElementsAre(image.arm64.digest));
    EXPECT_EQ(target.blobs.size(), 2u);
    RecordingTarget docker(false);
    image.copy_to(docker, {.platform = registry::Platform::parse("linux/amd64")});
    EXPECT_THAT(docker.documents, ElementsAre(image.amd64.digest));
}

TEST(CopyImage, AFailureEndsAllAndIsToldAsItWas) {
    const Indexed image;
    RecordingTarget target;
    target.fail_at = "b";
    EXPECT_EQ(error_of([&] { image.copy_to(target); }), "full");
    EXPECT_THAT(target.documents, IsEmpty());
}

TEST(CopyImage, TheWishToStopIsHeard) {
    const Indexed image;
    RecordingTarget target;
    const std::atomic<bool> cancelled = true;
    EXPECT_THAT(error_of([&] { image.copy_to(target, {.cancelled = &cancelled}); }),
                HasSubstr("stopped"));
    EXPECT_THAT(target.documents, IsEmpty());
}

TEST(CopyImage, AMissingPlatformIsAnErrorBeforeAnythingIsCopied) {
    Indexed image;
    image.files.erase("blobs/sha256/" + image.arm64.digest.hex());
    RecordingTarget target;
    EXPECT_THAT(error_of([&] { image.copy_to(target); }), HasSubstr("is not in it"));
    EXPECT_THAT(target.blobs, IsEmpty());
}

}  // namespace
}  // namespace mincs::image
