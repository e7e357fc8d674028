// Blobs on their way: cuts, resumption, lies about size, digest and range, stalls, sinks that fail,
// many at once.
#include <thread>

#include "libregistry/transfer.hh"
#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

class BlobTest : public testing::Test {
 protected:
    BlobTest() {
        registry.add_blob("app", data);
        reference = Reference::parse(registry.name("app"));
    }
    using Bad = std::function<std::optional<HttpServerReply>(const HttpServerRequest&, int number)>;
    /// Replaces answers to requests for the blob; `number` counts them from 1.
    void answer(Bad bad) {
        registry.set_hook(
            [this, bad](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
                if (request.path() != path) return std::nullopt;
                return bad(request, ++asked);
            });
    }
    std::string get() { return fetch(client, reference, descriptor); }
    std::string get_error() {
        return error_of([&] { get(); });
    }
    std::vector<std::string> ranges() {
        std::vector<std::string> sent;
        for (const HttpServerRequest& request : registry.server().requests_for(path))
            sent.push_back(request.header("range"));
        return sent;
    }

    const std::string data = sample(300'000);
    Descriptor descriptor = descriptor_of(data);
    const std::string path = FakeRegistry::blob_path("app", descriptor.digest.to_string());
    FakeRegistry registry;
    Reference reference;
    std::atomic<int> asked = 0;
    Client client{quick_options()};
};

using Strings = std::vector<std::string>;

TEST_F(BlobTest, ACutIsResumedByExactlyTheMissingRange) {
    answer([&](const HttpServerRequest&, int number) -> std::optional<HttpServerReply> {
        if (number == 1) return HttpServerReply{.body = data, .cut_after = 100'000};
        if (number == 2)
            return HttpServerReply{.status = 206,
                                   .headers = {"Content-Range: bytes 100000-299999/300000"},
                                   .body = data.substr(100'000),
                                   .cut_after = 50'001};
        return std::nullopt;
    });
    EXPECT_EQ(get(), data);
    EXPECT_EQ(ranges(), (Strings{"", "bytes=100000-299999", "bytes=150001-299999"}));
}

TEST_F(BlobTest, AServerWithoutRangesSendsAllAndTheStartIsSkipped) {
    answer([&](const HttpServerRequest&, int number) {
        return number == 1 ? HttpServerReply{.body = data, .cut_after = 100'000}
                           : HttpServerReply{.body = data};
    });
    EXPECT_EQ(get(), data);
    EXPECT_EQ(ranges(), (Strings{"", "bytes=100000-299999"}));
}

TEST_F(BlobTest, AServerThatDoesRangesWronglyIsAskedForTheWhole) {
    const std::vector<HttpServerReply> wrong = {
        {.status = 416},
        {.status = 206, .headers = {"Content-Range: bytes 0-299999/300000"}, .body = data},
        {.status = 206, .headers = {"Content-Range: bytes 100000-399999/400000"}, .body = data},
        {.status = 206, .headers = {"Content-Range: gibberish"}, .body = data},
        {.status = 206, .body = data.substr(100'000)}};
    for (const HttpServerReply& reply : wrong) {
        asked = 0;
        answer([&](const HttpServerRequest&, int number) -> std::optional<HttpServerReply> {
            if (number == 1) return HttpServerReply{.body = data, .cut_after = 100'000};
            if (number == 2) return reply;
            return std::nullopt;
        });
        EXPECT_EQ(get(), data);
        EXPECT_EQ(asked, 3);
        EXPECT_EQ(ranges().back(), "");
    }
}

TEST_F(BlobTest, APartThatWasNotAskedForIsRefused) {
    answer([&](const HttpServerRequest&, int) {
        return HttpServerReply{
            .status = 206, .headers = {"Content-Range: bytes 0-299999/300000"}, .body = data};
    });
    EXPECT_THAT(get_error(), HasSubstr("sends the part 'bytes 0-299999/300000'"));
}

TEST_F(BlobTest, AServerThatAlwaysCutsIsGivenUp) {
    answer([&](const HttpServerRequest&, int) {
        return HttpServerReply{.body = data, .cut_after = 0};
    });
    EXPECT_THAT(get_error(), HasSubstr("also after 5 attempts"));
    EXPECT_EQ(asked, 5);
}

TEST_F(BlobTest, WrongBytesAreRefused) {
    std::string wrong = data;
    wrong[200'000] ^= 1;
    answer([&](const HttpServerRequest&, int) { return HttpServerReply{.body = wrong}; });
    const std::string expected = fmt::format(
        "pulling '{}': blob {}: what the registry sent has the digest {}", reference.to_string(),
        descriptor.digest.to_string(), Digest::of(wrong).to_string());
    EXPECT_EQ(get_error(), expected);
    EXPECT_EQ(asked, 1);
}

TEST_F(BlobTest, AnotherSizeThanTheManifestsIsRefusedBeforeTheSinkSeesIt) {
    answer([&](const HttpServerRequest&, int) { return HttpServerReply{.body = data + "x"}; });
    EXPECT_THAT(get_error(), HasSubstr("sends 300001 bytes where the manifest says 300000"));
    answer([&](const HttpServerRequest&, int) { return HttpServerReply{.body = "short"}; });
    EXPECT_THAT(get_error(), HasSubstr("sends 5 bytes where the manifest says 300000"));
    answer([&](const HttpServerRequest&, int) {
        return HttpServerReply{.body = data + "more than said", .chunked = true};
    });
    std::size_t seen = 0;
    const auto count = [&](std::string_view bytes) { seen += bytes.size(); };
    EXPECT_THAT(error_of([&] { client.fetch_blob(reference, descriptor, count); }),
                HasSubstr("more than the 300000 bytes"));
    EXPECT_LE(seen, data.size());
}

TEST_F(BlobTest, AnEarlyEndWithoutALengthIsResumedToo) {
    answer([&](const HttpServerRequest&, int number) -> std::optional<HttpServerReply> {
        if (number > 1) return std::nullopt;
        return HttpServerReply{.body = data.substr(0, 1000), .chunked = true};
    });
    EXPECT_EQ(get(), data);
    EXPECT_EQ(ranges(), (Strings{"", "bytes=1000-299999"}));
}

TEST_F(BlobTest, AStalledServerIsLeftAndResumed) {
    answer([&](const HttpServerRequest&, int number) -> std::optional<HttpServerReply> {
        if (number > 1) return std::nullopt;
        return HttpServerReply{
            .body = data, .cut_after = 1000, .stall = std::chrono::milliseconds(20'000)};
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(get(), data);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    EXPECT_EQ(ranges().back(), "bytes=1000-299999");
}

TEST(StallGuard, CountsTheNetworksTimeAndNotTheReceivers) {
    NetworkLimits limits;
    limits.stall_window = std::chrono::milliseconds(20);
    limits.stall_bytes = 1000;
    StallGuard slow(limits), busy(limits), quick(limits);
    slow.received(999, {});
    busy.received(999, std::chrono::hours(1));
    quick.received(1000, {});
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_TRUE(slow.stalled());
    EXPECT_FALSE(busy.stalled());
    EXPECT_FALSE(quick.stalled());
}

TEST_F(BlobTest, ASlowSinkIsNoStall) {
    ClientOptions options = quick_options();
    options.limits.stall_window = std::chrono::milliseconds(1000);
    options.limits.stall_bytes = 1 << 30;  // whatever takes a second of network time is too slow
    Client strict(options);
    std::string got;
    bool slept = false;
    strict.fetch_blob(reference, descriptor, [&](std::string_view bytes) {
        got += bytes;
        if (!std::exchange(slept, true))
            std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    });
    EXPECT_EQ(got, data);
    EXPECT_EQ(ranges().size(), 1u);
}

TEST_F(BlobTest, WhatTheSinkThrowsComesBackAsItIs) {
    struct Full {};
    EXPECT_THROW(client.fetch_blob(reference, descriptor, [](std::string_view) { throw Full(); }),
                 Full);
    EXPECT_EQ(ranges().size(), 1u);
    EXPECT_EQ(get(), data);
}

TEST_F(BlobTest, Sha512AndEmptyBlobsWork) {
    Descriptor strong = descriptor;
    strong.digest = Digest::of(data, DigestAlgorithm::kSha512);
    const std::string strong_path = FakeRegistry::blob_path("app", strong.digest.to_string());
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() != strong_path) return std::nullopt;
        return HttpServerReply{.body = data};
    });
    EXPECT_EQ(fetch(client, reference, strong), data);
    registry.add_blob("app", "");
    EXPECT_EQ(fetch(client, reference, descriptor_of("")), "");
}

/// What an earlier run has kept of `data`.
BlobStart start_behind(std::string_view data) {
    BlobStart start;
    start.offset = static_cast<std::int64_t>(data.size());
    start.hasher.update(data);
    return start;
}

TEST_F(BlobTest, ItGoesOnBehindWhatWasKept) {
    std::string got;
    const BlobSink sink = [&](std::string_view bytes) { got += bytes; };
    client.fetch_blob(reference, descriptor, sink, start_behind(data.substr(0, 100'000)));
    EXPECT_EQ(got, data.substr(100'000));
    EXPECT_EQ(ranges(), (Strings{"bytes=100000-299999"}));
}

TEST_F(BlobTest, WhatWasKeptIsSkippedWhereTheServerDoesNoRanges) {
    answer([&](const HttpServerRequest&, int) { return HttpServerReply{.body = data}; });
    std::string got;
    const BlobSink sink = [&](std::string_view bytes) { got += bytes; };
    client.fetch_blob(reference, descriptor, sink, start_behind(data.substr(0, 100'000)));
    EXPECT_EQ(got, data.substr(100'000));
}

TEST_F(BlobTest, WhatWasKeptWrongIsFoundOut) {
    std::string wrong = data.substr(0, 100'000);
    wrong[7] ^= 1;
    EXPECT_THAT(error_of([&] {
                    client.fetch_blob(
                        reference, descriptor, [](std::string_view) {}, start_behind(wrong));
                }),
                HasSubstr("has the digest"));
}

TEST_F(BlobTest, NothingIsAskedForWhereAllWasKept) {
    client.fetch_blob(
        reference, descriptor, [](std::string_view) { FAIL(); }, start_behind(data));
    EXPECT_EQ(ranges().size(), 0u);
}

TEST_F(BlobTest, CancellingStopsATransfer) {
    std::atomic<bool> cancelled = false;
    ClientOptions options = quick_options();
    options.cancelled = &cancelled;
    options.limits.stall_window = std::chrono::minutes(5);
    Client stoppable(options);
    answer([&](const HttpServerRequest&, int) {
        return HttpServerReply{
            .body = data, .cut_after = 1000, .stall = std::chrono::milliseconds(20'000)};
    });
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of([&] {
                  stoppable.fetch_blob(reference, descriptor,
                                       [&](std::string_view) { cancelled = true; });
              }),
              "stopped on request");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST_F(BlobTest, ManyThreadsShareOneClient) {
    std::vector<std::string> blobs;
    for (int i = 0; i < 12; ++i) {
        blobs.push_back(std::to_string(i) + sample(50'000));
        registry.add_blob("app", blobs.back());
    }
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (const std::string& blob : blobs)
        threads.emplace_back([&, blob] {
            if (fetch(client, reference, descriptor_of(blob)) == blob) ++right;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, 12);
}

}  // namespace
}  // namespace mincs::registry
