// The client against servers that answer well and badly: manifests, redirects, refusals, limits.
#include <map>
#include <thread>

#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

const std::string kManifestType = "application/vnd.oci.image.manifest.v1+json";
const std::string kIndexType = "application/vnd.oci.image.index.v1+json";

std::string index_entry(const std::string& type, const std::string& digest, std::size_t size,
                        const std::string& architecture) {
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{},)"
                       R"("platform":{{"os":"linux","architecture":"{}"}}}})",
                       type, digest, size, architecture);
}

std::string index_of(const std::string& entries) {
    return R"({"schemaVersion":2,"manifests":[)" + entries + "]}";
}

class ClientTest : public testing::Test {
 protected:
    Reference reference(const std::string& repository = "app") {
        return Reference::parse(registry.name(repository));
    }
    std::string manifest_error(const std::string& name) {
        return error_of([&] { client.fetch_manifest(Reference::parse(registry.name(name))); });
    }
    /// The image's size as its index must state it.
    std::size_t manifest_size(const std::string& repository) {
        return client.fetch_manifest(reference(repository)).raw.size();
    }

    FakeRegistry registry;
    Client client{quick_options()};
};

TEST_F(ClientTest, PullsManifestConfigAndLayers) {
    const std::string digest = registry.add_image("app", "latest", {"one", "two"});
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_EQ(manifest.digest.to_string(), digest);
    EXPECT_EQ(client.fetch_small_blob(reference(), manifest.config), "{}");
    ASSERT_EQ(manifest.layers.size(), 2u);
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "one");
    EXPECT_EQ(fetch(client, reference(), manifest.layers[1]), "two");
    const auto asked = registry.server().requests_for(FakeRegistry::manifest_path("app", "latest"));
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_THAT(asked[0].header("accept"), HasSubstr(kIndexType));
    EXPECT_EQ(asked[0].header("authorization"), "");
}

TEST_F(ClientTest, FollowsAnIndexToThePlatform) {
    const std::string wanted = registry.add_image("app", "latest", {"amd"});
    const std::size_t size = manifest_size("app");
    const std::string other = registry.add_image("app", "other", {"arm"});
    registry.add_manifest("app", "multi",
                          index_of(index_entry(kManifestType, other, size, "arm64") + "," +
                                   index_entry(kManifestType, wanted, size, "amd64")),
                          kIndexType);
    const Manifest manifest = client.fetch_manifest(Reference::parse(registry.name("app:multi")));
    EXPECT_EQ(manifest.digest.to_string(), wanted);
}

TEST_F(ClientTest, RefusesAnIndexThatLiesAboutSizeAndOneWithoutEnd) {
    const std::string digest = registry.add_image("app", "latest", {"amd"});
    registry.add_manifest("app", "lie", index_of(index_entry(kManifestType, digest, 3, "amd64")),
                          kIndexType);
    EXPECT_THAT(manifest_error("app:lie"), HasSubstr("bytes where the index says 3"));

    std::string inner = index_of(index_entry(kManifestType, digest, 3, "amd64"));
    for (int depth = 0; depth < 5; ++depth) {
        const std::string hash = registry.add_manifest("app", "deep", inner, kIndexType);
        inner = index_of(index_entry(kIndexType, hash, inner.size(), "amd64"));
    }
    EXPECT_THAT(manifest_error("app:deep"), HasSubstr("nested deeper than 3"));
}

TEST_F(ClientTest, DocumentsComeAsTheyAre) {
    const std::string digest = registry.add_image("app", "latest", {"amd"});
    const std::size_t size = manifest_size("app");
    const std::string raw = index_of(index_entry(kManifestType, digest, size, "s390x"));
    registry.add_manifest("app", "multi", raw, kIndexType);
    const Reference multi = Reference::parse(registry.name("app:multi"));
    const Document document = client.fetch_document(multi);
    EXPECT_EQ(document.raw, raw);
    EXPECT_EQ(document.media_type, kIndexType);
    EXPECT_EQ(document.digest, Digest::of(raw));
    Descriptor child = parse_index(raw, "test").manifests[0];
    EXPECT_EQ(client.fetch_document(multi, child).digest.to_string(), digest);
    child.size += 1;
    EXPECT_THAT(error_of([&] { client.fetch_document(multi, child); }),
                HasSubstr("bytes where the index says"));
}

TEST_F(ClientTest, Sha512IsAsGoodInManifestsAsInBlobs) {
    const auto strong = [](std::string_view data) {
        return Digest::of(data, DigestAlgorithm::kSha512).to_string();
    };
    const std::string config = "{}";
    const std::string raw = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","config":{{"mediaType":)"
        R"("application/vnd.oci.image.config.v1+json","digest":"{}","size":2}},"layers":[]}})",
        kManifestType, strong(config));
    const std::string index =
        index_of(index_entry(kManifestType, strong(raw), raw.size(), "amd64"));
    const std::map<std::string, std::string> pages = {
        {FakeRegistry::manifest_path("app", strong(index)), index},
        {FakeRegistry::manifest_path("app", strong(raw)), raw},
        {FakeRegistry::blob_path("app", strong(config)), config}};
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        const auto page = pages.find(request.path());
        if (page == pages.end()) return std::nullopt;
        return HttpServerReply{.body = page->second};
    });
    const Reference pinned = Reference::parse(registry.name("app@" + strong(index)));
    const Manifest manifest = client.fetch_manifest(pinned);
    EXPECT_EQ(manifest.digest.to_string(), strong(raw));
    EXPECT_EQ(client.fetch_small_blob(pinned, manifest.config), config);
    EXPECT_EQ(client.fetch_document(pinned).digest.to_string(), strong(index));
}

TEST_F(ClientTest, ManyLayersSomeOfThemEmptySomeTheSame) {
    std::vector<std::string> layers(300, "same");
    for (int i = 0; i < 300; i += 3) layers[static_cast<std::size_t>(i)] = std::to_string(i);
    layers[1] = "";
    registry.add_image("app", "latest", layers);
    const Manifest manifest = client.fetch_manifest(reference());
    ASSERT_EQ(manifest.layers.size(), layers.size());
    for (std::size_t i = 0; i < layers.size(); ++i)
        EXPECT_EQ(fetch(client, reference(), manifest.layers[i]), layers[i]) << i;
}

TEST_F(ClientTest, HeadTellsDigestAndSizeOrNothing) {
    const std::string digest = registry.add_image("app", "latest", {"one"});
    const auto head = client.head_manifest(reference());
    ASSERT_TRUE(head);
    EXPECT_EQ(head->digest.to_string(), digest);
    EXPECT_EQ(head->media_type, kManifestType);
    EXPECT_EQ(static_cast<std::size_t>(head->size), manifest_size("app"));
    EXPECT_FALSE(client.head_manifest(reference("nosuch")));
    for (const HttpServerReply& bad :
         {HttpServerReply{.status = 405}, HttpServerReply{.status = 401}, HttpServerReply{},
          HttpServerReply{
              .headers = {"Content-Type: x", "Docker-Content-Digest: sha256:../../x"}}}) {
        registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
            if (request.method != "HEAD") return std::nullopt;
            return bad;
        });
        EXPECT_FALSE(client.head_manifest(reference()));
    }
}

TEST_F(ClientTest, ChecksAPinnedDigestAndTrustsNoHeaderAboutIt) {
    const std::string digest = registry.add_image("app", "latest", {"one"});
    EXPECT_EQ(
        client.fetch_manifest(Reference::parse(registry.name("app@" + digest))).digest.to_string(),
        digest);
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() != FakeRegistry::manifest_path("app", digest)) return std::nullopt;
        return HttpServerReply{.headers = {"Docker-Content-Digest: " + digest}, .body = "{}"};
    });
    EXPECT_THAT(manifest_error("app@" + digest),
                HasSubstr("sent a manifest with the digest sha256:44136f"));
}

TEST_F(ClientTest, NamesWhatIsMissingInOneLine) {
    EXPECT_EQ(manifest_error("nosuch"),
              "pulling '" + registry.name("nosuch:latest") + "': manifest unknown (HTTP 404)");
    EXPECT_EQ(registry.server().requests_for("/v2/nosuch/manifests/latest").size(), 1u);
}

TEST_F(ClientTest, CleansAndCutsWhatTheRegistrySays) {
    registry.set_hook([](const HttpServerRequest&) {
        return HttpServerReply{.status = 403,
                               .body = R"({"errors":[{"message":"no\u001b[31m\n)" +
                                       std::string(5000, 'x') + R"("}]})"};
    });
    const std::string error = manifest_error("app");
    EXPECT_THAT(error, HasSubstr("no\\x1b[31m\\nxxx"));
    EXPECT_LT(error.size(), 400u);
}

TEST_F(ClientTest, ManifestsBeyondTheLimitAreNotRead) {
    registry.add_manifest("app", "latest", std::string((4u << 20) + 1, ' '), kManifestType);
    EXPECT_THAT(manifest_error("app"), HasSubstr("sends more than 4194304 bytes"));
    Descriptor large = descriptor_of("x");
    large.size = (4 << 20) + 1;
    EXPECT_THAT(error_of([&] { client.fetch_small_blob(reference(), large); }),
                HasSubstr("more than the 4194304 allowed"));
}

TEST_F(ClientTest, HeadersWithoutEndAreCut) {
    registry.set_hook([](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/") return std::nullopt;
        return HttpServerReply{.endless_header = "X-More: " + std::string(900, 'y') + "\r\n"};
    });
    EXPECT_THAT(manifest_error("app"), HasSubstr("bytes of headers"));
    registry.set_hook([](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/") return std::nullopt;
        return HttpServerReply{.status = 100, .endless_header = "\r\nHTTP/1.1 100 Continue\r\n"};
    });
    EXPECT_THAT(manifest_error("app"), HasSubstr("bytes of headers"));
}

TEST_F(ClientTest, RedirectsAreFollowedButNotForEver) {
    registry.add_image("app", "latest", {"one"});
    registry.set_hook([](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/app/manifests/latest")
            return HttpServerReply{.status = 307, .headers = {"Location: ./two"}};
        if (request.path() == "/v2/app/manifests/two")
            return HttpServerReply{.status = 302, .headers = {"Location: latest"}};
        return std::nullopt;
    });
    EXPECT_THAT(manifest_error("app"), HasSubstr("redirects more than 10 times"));
    EXPECT_EQ(registry.server().requests_for("/v2/app/manifests/two").size(), 5u);
}

TEST_F(ClientTest, RedirectsLeadNowhereButToHttp) {
    std::string location;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/") return std::nullopt;
        return HttpServerReply{.status = 307, .headers = {"Location: " + location}};
    });
    for (const char* target : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                               "http://user:word@127.0.0.1/"}) {
        location = target;
        EXPECT_THAT(manifest_error("app"), HasSubstr("is not a URL to fetch from")) << target;
    }
    location = "http://registry.example/x";
    EXPECT_THAT(manifest_error("app"), HasSubstr("sends on to 'registry.example' over plain http"));
}

TEST_F(ClientTest, OverloadedRegistriesAreAskedAgain) {
    registry.add_image("app", "latest", {"one"});
    std::atomic<int> refusals = 3;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/" || refusals-- <= 0) return std::nullopt;
        return HttpServerReply{.status = 503};
    });
    EXPECT_EQ(client.fetch_manifest(reference()).layers.size(), 1u);
    refusals = 1000;
    EXPECT_THAT(manifest_error("app"),
                HasSubstr("the registry has failed (HTTP 503), also after 5 attempts"));
    EXPECT_EQ(refusals, 995);
}

TEST_F(ClientTest, RetryAfterIsHonouredWithinBounds) {
    registry.add_image("app", "latest", {"one"});
    std::atomic<int> refusals = 1;
    std::string wait = "1";
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/" || refusals-- <= 0) return std::nullopt;
        return HttpServerReply{.status = 429, .headers = {"Retry-After: " + wait}};
    });
    const auto start = std::chrono::steady_clock::now();
    client.fetch_manifest(reference());
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    refusals = 1;
    wait = "900";
    EXPECT_THAT(manifest_error("app"),
                HasSubstr("too many requests (HTTP 429); the registry asks to wait 15 minutes"));
}

TEST_F(ClientTest, SaysWhenNobodyListens) {
    std::string dead;
    {
        dead = HttpServer([](const HttpServerRequest&) { return HttpServerReply{}; }).authority();
    }
    EXPECT_EQ(
        error_of([&] { client.fetch_manifest(Reference::parse(dead + "/app")); }),
        fmt::format("pulling '{0}/app:latest': connecting to '{0}': Connection refused", dead));
}

TEST_F(ClientTest, OnlyLoopbackIsSpokenToInPlainHttp) {
    for (const char* host :
         {"127.0.0.1", "127.1.2.3:5000", "localhost", "localhost:1", "[::1]", "[::1]:80"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"127.0.0.1.example.com", "10.0.0.1", "localhost.example.com",
                             "128.0.0.1", "[::2]", "127.1", "", "x127.0.0.1"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

TEST_F(ClientTest, CancellingStopsAWaitAtOnce) {
    std::atomic<bool> cancelled = false;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/") return std::nullopt;
        cancelled = true;
        return HttpServerReply{.status = 503, .headers = {"Retry-After: 50"}};
    });
    ClientOptions options = quick_options();
    options.cancelled = &cancelled;
    options.limits = {};
    Client patient(options);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(error_of([&] { patient.fetch_manifest(reference()); }), HasSubstr("stopped"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace mincs::registry
