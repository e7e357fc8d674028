// Pushing: what is there is not sent, what can be mounted is mounted, big blobs go in parts, and a
// registry that refuses one way is asked by another.
#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

class PushTest : public testing::Test {
 protected:
    PushTest() {
        options.limits.upload_part = 100'000;
        client = std::make_unique<Client>(options);
        reference = Reference::parse(registry.name("app:1"));
    }
    BlobOpener opener() {
        return [this] {
            ++opened;
            return [this, rest = std::string_view(data)]() mutable {
                const std::string_view piece = rest.substr(0, 7000);
                rest.remove_prefix(piece.size());
                return piece;
            };
        };
    }
    PushedBlob push(const std::string& mount_from = "") {
        return client->push_blob(reference, descriptor, opener(), mount_from);
    }
    std::string push_error() {
        return error_of([&] { push(); });
    }
    std::string pushed() { return registry.page(path); }
    /// "POST", "PATCH 0-99", "PUT" ... of the uploads.
    std::vector<std::string> requests() {
        std::vector<std::string> list;
        for (const HttpServerRequest& request : registry.server().requests()) {
            if (request.path().find("/uploads/") == std::string::npos) continue;
            const std::string range = request.header("content-range");
            list.push_back(request.method + (range.empty() ? "" : " " + range));
        }
        return list;
    }
    /// Replaces the answers to `method` requests for uploads; `number` counts them from 1.
    using Bad = std::function<std::optional<HttpServerReply>(const HttpServerRequest&, int number)>;
    void answer(const std::string& method, Bad bad) {
        registry.set_hook([=, this](
                              const HttpServerRequest& request) -> std::optional<HttpServerReply> {
            if (request.method != method || request.path().find("/uploads/") == std::string::npos)
                return std::nullopt;
            return bad(request, ++asked);
        });
    }

    std::string data = sample(150'000);
    Descriptor descriptor = descriptor_of(data);
    const std::string path = FakeRegistry::blob_path("app", descriptor.digest.to_string());
    FakeRegistry registry;
    Reference reference;
    ClientOptions options = quick_options();
    std::unique_ptr<Client> client;
    std::atomic<int> opened = 0;
    std::atomic<int> asked = 0;
};

/// Three parts.
class BigPushTest : public PushTest {
 protected:
    BigPushTest() {
        options.limits.upload_part = 60'000;
        client = std::make_unique<Client>(options);
    }
};

using Strings = std::vector<std::string>;

TEST_F(PushTest, ASmallBlobGoesAsAWholeAndOnlyOnce) {
    EXPECT_FALSE(client->has_blob(reference, descriptor));
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(requests(), (Strings{"POST", "PUT"}));
    EXPECT_TRUE(client->has_blob(reference, descriptor));
    EXPECT_EQ(push(), PushedBlob::kWasThere);
    EXPECT_EQ(opened, 1);
}

TEST_F(PushTest, ABlobOfAnotherRepositoryIsMounted) {
    registry.add_blob("other", data);
    EXPECT_EQ(push("other"), PushedBlob::kMounted);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(opened, 0);
}

TEST_F(PushTest, WhatCannotBeMountedIsSentToThePlaceThatWasOffered) {
    EXPECT_EQ(push("other"), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(requests(), (Strings{"POST", "PUT"}));
}

TEST_F(PushTest, AMountThatIsForbiddenIsNoFailure) {
    registry.set_hook([](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.query().find("mount=") == std::string::npos) return std::nullopt;
        return HttpServerReply{.status = 403};
    });
    EXPECT_EQ(push("secret"), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
}

TEST_F(PushTest, EmptyAndSha512BlobsWork) {
    data.clear();
    descriptor = descriptor_of("");
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_TRUE(client->has_blob(reference, descriptor));
    data = "strong";
    descriptor = descriptor_of(data);
    descriptor.digest = Digest::of(data, DigestAlgorithm::kSha512);
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(fetch(*client, reference, descriptor), "strong");
}

TEST_F(PushTest, ACutWholeIsSentAgain) {
    answer("PUT", [](const HttpServerRequest&, int number) -> std::optional<HttpServerReply> {
        if (number > 1) return std::nullopt;
        return HttpServerReply{.drop = true};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(requests(), (Strings{"POST", "PUT", "POST", "PUT"}));
}

TEST_F(PushTest, AnAnswerThatWasLostIsFoundOut) {
    answer("PUT", [&](const HttpServerRequest&, int) {
        registry.add_blob("app", data);
        return HttpServerReply{.drop = true};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(asked, 1);
}

TEST_F(PushTest, ARegistryThatTakesNoWholeGetsParts) {
    answer("PUT", [](const HttpServerRequest& request, int) -> std::optional<HttpServerReply> {
        if (request.body.empty()) return std::nullopt;
        return HttpServerReply{.status = 413};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(requests(),
              (Strings{"POST", "PUT", "POST", "PATCH 0-99999", "PATCH 100000-149999", "PUT"}));
}

TEST_F(BigPushTest, ABigBlobGoesInPartsAndIsReadOnce) {
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(requests(), (Strings{"POST", "PATCH 0-59999", "PATCH 60000-119999",
                                   "PATCH 120000-149999", "PUT"}));
    EXPECT_EQ(opened, 1);
}

TEST_F(BigPushTest, AfterACutItGoesOnWhereTheRegistrySays) {
    answer("PATCH",
           [&](const HttpServerRequest& request, int number) -> std::optional<HttpServerReply> {
               if (number != 2) return std::nullopt;
               registry.add_to_upload(0, request.body.substr(0, 1000));
               return HttpServerReply{.drop = true};
           });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(requests(), (Strings{"POST", "PATCH 0-59999", "PATCH 60000-119999", "GET",
                                   "PATCH 61000-120999", "PATCH 121000-149999", "PUT"}));
}

TEST_F(BigPushTest, ARegistryThatCannotTellGetsAllOfItAgain) {
    std::atomic<int> cuts = 0;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path().find("/uploads/") == std::string::npos) return std::nullopt;
        if (request.method == "GET") return HttpServerReply{.status = 404};
        if (request.method == "PATCH" && request.header("content-range").starts_with("60000-") &&
            cuts++ == 0)
            return HttpServerReply{.drop = true};
        return std::nullopt;
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(pushed(), data);
    EXPECT_EQ(opened, 2);
}

TEST_F(BigPushTest, ARegistryThatTakesNoPartsGetsTheWhole) {
    for (const int status : {405, 416, 400, 501}) {
        registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
            if (request.method != "PATCH") return std::nullopt;
            return HttpServerReply{.status = status};
        });
        data += "x";
        descriptor = descriptor_of(data);
        EXPECT_EQ(push(), PushedBlob::kUploaded) << status;
        EXPECT_TRUE(client->has_blob(reference, descriptor));
    }
}

TEST_F(BigPushTest, PartsAreAsLargeAsTheRegistryWantsThemAtLeast) {
    registry.add_to_upload(0, "");
    answer("POST", [](const HttpServerRequest&, int) {
        return HttpServerReply{
            .status = 202,
            .headers = {"Location: /v2/app/blobs/uploads/0", "OCI-Chunk-Min-Length: 149000"}};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    EXPECT_EQ(requests(), (Strings{"POST", "PATCH 0-148999", "PATCH 149000-149999", "PUT"}));
}

TEST_F(BigPushTest, ARegistryThatLosesBytesForEverIsLeft) {
    answer("PATCH", [](const HttpServerRequest&, int) {
        return HttpServerReply{
            .status = 202, .headers = {"Location: /v2/app/blobs/uploads/0", "Range: 0-99999999"}};
    });
    EXPECT_THAT(push_error(), HasSubstr("the registry says it has 100000000"));
}

TEST_F(PushTest, ADamagedBlobIsRefusedByTheRegistry) {
    data[5] ^= 1;
    EXPECT_THAT(push_error(), HasSubstr("digest invalid (HTTP 400)"));
}

TEST_F(PushTest, ABlobThatEndsEarlyIsSaidSo) {
    data.resize(1000);
    EXPECT_THAT(push_error(), HasSubstr("what is to be sent ends after 1000 of 150000 bytes"));
}

TEST_F(PushTest, WhatTheReaderThrowsComesBackAsItIs) {
    struct Broken {};
    const BlobOpener open = [] { return []() -> std::string_view { throw Broken(); }; };
    EXPECT_THROW(client->push_blob(reference, descriptor, open), Broken);
}

TEST_F(PushTest, PlacesElsewhereGetNoProofOfIdentityAndNoOtherSchemeIsSpoken) {
    HttpServer elsewhere([](const HttpServerRequest&) { return HttpServerReply{.status = 201}; });
    std::string location = elsewhere.url() + "/put?here";
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.method != "POST") return std::nullopt;
        return HttpServerReply{.status = 202, .headers = {"Location: " + location}};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    ASSERT_EQ(elsewhere.requests().size(), 1u);
    EXPECT_EQ(elsewhere.requests()[0].header("authorization"), "");
    EXPECT_EQ(elsewhere.requests()[0].body, data);
    for (const char* target :
         {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://a:b@127.0.0.1/"}) {
        location = target;
        EXPECT_THAT(push_error(), HasSubstr("is not a URL to fetch from")) << target;
    }
    location = "http://registry.example/x";
    EXPECT_THAT(push_error(), HasSubstr("over plain http"));
    location = "";
    EXPECT_THAT(push_error(), HasSubstr("does not say where to send"));
}

TEST_F(PushTest, ARedirectedUploadIsSentToWhereItLeads) {
    HttpServer elsewhere([](const HttpServerRequest&) { return HttpServerReply{.status = 201}; });
    answer("PUT", [&](const HttpServerRequest&, int) {
        return HttpServerReply{.status = 307, .headers = {"Location: " + elsewhere.url() + "/x"}};
    });
    EXPECT_EQ(push(), PushedBlob::kUploaded);
    ASSERT_EQ(elsewhere.requests().size(), 1u);
    EXPECT_EQ(elsewhere.requests()[0].body, data);
}

TEST_F(PushTest, AManifestIsStoredByteForByte) {
    const std::string raw = R"({"schemaVersion":2})";
    const Digest digest = client->push_manifest(reference, raw, "application/x");
    EXPECT_EQ(digest, Digest::of(raw));
    EXPECT_EQ(registry.page(FakeRegistry::manifest_path("app", "1")), raw);
    const Document document = client->fetch_document(reference);
    EXPECT_EQ(document.raw, raw);
    EXPECT_EQ(document.media_type, "application/x");
    Reference pinned = Reference::parse(registry.name("app@" + digest.to_string()));
    EXPECT_EQ(client->push_manifest(pinned, raw, "application/x"), digest);
    EXPECT_THAT(error_of([&] { client->push_manifest(pinned, "{}", "application/x"); }),
                HasSubstr("the manifest has the digest sha256:44136f"));
}

TEST_F(PushTest, AManifestThatArrivesAsAnotherIsAnError) {
    registry.set_hook([](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.method != "PUT") return std::nullopt;
        return HttpServerReply{.status = 201, .headers = {"Docker-Content-Digest: sha256:beef"}};
    });
    EXPECT_THAT(error_of([&] { client->push_manifest(reference, "{}", "application/x"); }),
                HasSubstr("the registry says it got sha256:beef"));
}

}  // namespace
}  // namespace mincs::registry
