// The threads of a pull with a registry made of memory: what is whole arrives, what fails ends all
// the rest, and the first cause is what is told.
#include "tools/marten/pull_layers.hh"

#include <gmock/gmock.h>

#include <map>
#include <mutex>
#include <optional>

#include "libcore/base/digest.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::marten {
namespace {

class PullLayersTest : public testing::Test {
 protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "unpacking a layer needs root";
    }

    /// A job for a layer with this tar; `diff_id` empty: the right one.
    void add(const std::string& tar, Digest diff_id = {}) {
        const std::string packed = test::gzip(tar);
        const std::size_t number = jobs_.size();
        LayerJob job;
        job.descriptor.digest = digest_of(packed);
        job.descriptor.size = static_cast<std::int64_t>(packed.size());
        job.diff_id = diff_id.empty() ? digest_of(tar) : diff_id;
        job.blob = directory_.path() / fmt::format("blob-{}", number);
        job.directory = directory_.path() / fmt::format("layer-{}", number);
        blobs_[job.descriptor.digest.hex()] = packed;
        jobs_.push_back(std::move(job));
    }
    static std::string tar_with(const std::string& name, std::size_t size) {
        return test::TarBuilder().file(name, std::string(size, 'x')).bytes();
    }
    static Digest digest_of(const std::string& data) { return Digest::of(data); }

    /// Sends the blob in pieces behind what the caller has; breaks off the one in `cut_`; then
    /// checks as a registry's client does, and fails for the one in `broken_`.
    void send(const registry::Descriptor& descriptor, const registry::BlobSink& sink,
              registry::BlobStart start) {
        const std::string& data = blobs_.at(descriptor.digest.hex());
        const auto offset = static_cast<std::size_t>(start.offset);
        {
            const std::lock_guard lock(mutex_);
            starts_.push_back(offset);
        }
        for (std::size_t i = offset; i < data.size(); i += 1000) {
            if (cut_ == descriptor.digest && i > data.size() / 2) throw Error("the line is cut");
            const std::string_view piece = std::string_view(data).substr(i, 1000);
            start.hasher.update(piece);
            sink(piece);
            if (!broken_.empty() && broken_ != descriptor.digest) wait_for_stop();
        }
        const std::lock_guard lock(mutex_);
        ++sent_;
        if (broken_ == descriptor.digest || start.hasher.finish() != descriptor.digest)
            throw Error("the digest is another one");
    }
    /// So that the broken one fails before the others are through.
    void wait_for_stop() const {
        for (int i = 0; i < 10'000 && !stop_->flag(); ++i) usleep(1000);
    }
    /// A layer whose compressed form has about `size` bytes.
    void add_incompressible(std::size_t size) {
        std::string content;
        while (content.size() < size) content += Digest::of(content).hex();
        add(test::TarBuilder().file("file", content).bytes());
    }

    /// The message of the failure; "" where there was none.
    std::string fetch() {
        Progress progress(Progress::Style::kQuiet);
        const BlobFetcher fetcher = [this](const auto& descriptor, const auto& sink, auto start) {
            send(descriptor, sink, std::move(start));
        };
        try {
            fetch_layers("pulling 'x:latest'", fetcher, jobs_, progress, *stop_);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    TempDir directory_;
    std::optional<StopSignals> stop_{std::in_place};
    std::vector<LayerJob> jobs_;
    std::map<std::string, std::string> blobs_;
    Digest broken_;
    Digest cut_;
    std::vector<std::size_t> starts_;  ///< offsets the source was asked for
    std::mutex mutex_;
    std::size_t sent_ = 0;
};

TEST_F(PullLayersTest, ManyLayersArriveWithTheirBlobs) {
    for (int i = 0; i < 20; ++i) add(tar_with(fmt::format("file{}", i), 100'000u * (i % 3)));
    add(test::TarBuilder().bytes());
    EXPECT_EQ(fetch(), "");
    for (std::size_t i = 0; i < 20; ++i) {
        const auto& job = jobs_[i];
        EXPECT_EQ(read_file(job.directory / fmt::format("file{}", i)).size(), 100'000u * (i % 3));
        EXPECT_EQ(read_file(job.blob), blobs_[job.descriptor.digest.hex()]);
        EXPECT_EQ(job.result.entries, 1);
    }
    EXPECT_TRUE(std::filesystem::is_empty(jobs_.back().directory));
}

TEST_F(PullLayersTest, HostileEntryIsTheReasonThatIsTold) {
    add(tar_with("good", 10));
    add(test::TarBuilder().file("../evil", "x").file("more", std::string(20'000'000, 'x')).bytes());
    for (int i = 0; i < 10; ++i) add(tar_with(fmt::format("later{}", i), 10));
    const std::string message = fetch();
    EXPECT_NE(message.find("'../evil'"), std::string::npos) << message;
    EXPECT_TRUE(message.starts_with("pulling 'x:latest': layer " +
                                    jobs_[1].descriptor.digest.hex().substr(0, 12)))
        << message;
    EXPECT_FALSE(std::filesystem::exists(directory_.path().parent_path() / "evil"));
}

TEST_F(PullLayersTest, DownloadThatFailsIsTheReasonThatIsTold) {
    for (int i = 0; i < 6; ++i) add(tar_with(fmt::format("file{}", i), 3'000'000));
    broken_ = jobs_[0].descriptor.digest;
    EXPECT_THAT(fetch(), testing::HasSubstr("the digest is another one"));
    EXPECT_LT(sent_, 6u) << "the other layers were fetched to their end";
}

TEST_F(PullLayersTest, WrongDiffIdIsRefused) {
    add(tar_with("good", 10), digest_of("something else"));
    EXPECT_NE(fetch().find(digest_of("something else").hex()), std::string::npos);
}

TEST_F(PullLayersTest, CompressedFormAloneIsCheckedWithoutUnpacking) {
    add(tar_with("good", 10));
    jobs_[0].directory.clear();
    EXPECT_EQ(fetch(), "");
    EXPECT_TRUE(std::filesystem::exists(jobs_[0].blob));
    EXPECT_FALSE(std::filesystem::exists(directory_.path() / "layer-0"));

    add(tar_with("other", 10), digest_of("something else"));
    jobs_.erase(jobs_.begin());
    jobs_[0].directory.clear();
    EXPECT_NE(fetch().find(digest_of("something else").hex()), std::string::npos);
}

TEST_F(PullLayersTest, WhatCameBeforeACutIsKeptAndUsed) {
    add_incompressible(100'000);
    jobs_[0].resumable = true;
    cut_ = jobs_[0].descriptor.digest;
    EXPECT_NE(fetch().find("the line is cut"), std::string::npos);
    const std::size_t kept = std::filesystem::file_size(jobs_[0].blob);
    EXPECT_GT(kept, 20'000u);
    EXPECT_LT(kept, blobs_.begin()->second.size());

    cut_ = {};
    stop_.reset();
    stop_.emplace();
    EXPECT_EQ(fetch(), "");
    EXPECT_EQ(starts_, (std::vector<std::size_t>{0, kept}));
    EXPECT_EQ(read_file(jobs_[0].blob), blobs_.begin()->second);
    EXPECT_TRUE(std::filesystem::exists(jobs_[0].directory / "file"));
}

TEST_F(PullLayersTest, KeptBytesThatAreWrongAreFetchedAgainOnce) {
    add_incompressible(100'000);
    jobs_[0].resumable = true;
    write_file_atomic(jobs_[0].blob, blobs_.begin()->second.substr(0, 30'000) + "not this");
    EXPECT_EQ(fetch(), "");
    EXPECT_EQ(starts_.back(), 0u);
    EXPECT_EQ(read_file(jobs_[0].blob), blobs_.begin()->second);
}

TEST_F(PullLayersTest, WrongContentLeavesNothingOfAnyLayer) {
    for (int i = 0; i < 3; ++i) {
        add_incompressible(50'000u + static_cast<unsigned>(i));
        jobs_.back().resumable = true;
    }
    broken_ = jobs_[1].descriptor.digest;
    EXPECT_THAT(fetch(), testing::HasSubstr("the digest is another one"));
    for (const LayerJob& job : jobs_) EXPECT_FALSE(std::filesystem::exists(job.blob));
}

TEST_F(PullLayersTest, CopyThatIsHereIsUsedUnlessItIsDamaged) {
    add_incompressible(50'000);
    jobs_[0].stored_blob = directory_.path() / "stored";
    write_file_atomic(jobs_[0].stored_blob, blobs_.begin()->second);
    EXPECT_EQ(fetch(), "");
    EXPECT_TRUE(jobs_[0].used_stored_blob);
    EXPECT_TRUE(starts_.empty());
    EXPECT_FALSE(std::filesystem::exists(jobs_[0].blob));
    EXPECT_TRUE(std::filesystem::exists(jobs_[0].directory / "file"));

    write_file_atomic(jobs_[0].stored_blob, blobs_.begin()->second.substr(0, 40'000) + "x");
    EXPECT_EQ(fetch(), "");
    EXPECT_FALSE(jobs_[0].used_stored_blob);
    EXPECT_EQ(read_file(jobs_[0].blob), blobs_.begin()->second);
}

TEST_F(PullLayersTest, WhatCameToNothingDoesNotCountAgainstALimit) {
    add_incompressible(50'000);
    jobs_[0].directory.clear();  // one thread only, so all of the damaged copy is claimed first
    jobs_[0].stored_blob = directory_.path() / "stored";
    write_file_atomic(jobs_[0].stored_blob, blobs_.begin()->second + "x");
    std::int64_t claimed = 0;
    jobs_[0].limits.claim = [&](std::int64_t bytes) { claimed += bytes; };
    EXPECT_EQ(fetch(), "");
    EXPECT_GE(claimed, 50'000);
    EXPECT_LT(claimed, 60'000);
}

TEST_F(PullLayersTest, SignalEndsAllOfIt) {
    for (int i = 0; i < 6; ++i) add(tar_with(fmt::format("file{}", i), 3'000'000));
    stop_->request();
    EXPECT_NE(fetch(), "");
    EXPECT_EQ(sent_, 0u);
}

TEST_F(PullLayersTest, ThrowingWriterEndsAllOfIt) {
    add(tar_with("good", 10));
    jobs_[0].blob = directory_.path() / "no/such/directory/blob";
    EXPECT_NE(fetch().find("No such file or directory"), std::string::npos);
}

}  // namespace
}  // namespace mincs::marten
