// Mirrors and the registry behind them: who is asked in which order, what makes one go on to the
// next, whose credentials go where; and foreign layers, which come from somewhere else altogether.
#include "libcore/base/files.hh"
#include "libregistry/base64.hh"
#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

/// An image that both a registry and its mirror have.
class MirrorTest : public testing::Test {
 protected:
    MirrorTest() {
        for (FakeRegistry* each : {&registry, &mirror})
            digest = each->add_image("app", "latest", {data});
        RegistriesConf conf;
        conf.add(
            fmt::format("[[registry]]\nlocation = \"{}\"\n[[registry.mirror]]\nlocation = \"{}\"",
                        registry.server().authority(), mirror.server().authority()),
            "test.conf");
        options.registries = std::make_shared<const RegistriesConf>(std::move(conf));
        client = std::make_unique<Client>(options);
        reference = Reference::parse(registry.name("app"));
    }
    void mirror_answers(HttpServerReply reply) {
        mirror.set_hook([=](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
            if (request.path() == "/v2/") return std::nullopt;
            return reply;
        });
    }
    /// Requests but for the one that finds out whether it speaks TLS.
    static std::size_t asked(FakeRegistry& server) {
        return server.server().requests().size() - server.server().requests_for("/v2/").size();
    }

    const std::string data = sample(50'000);
    std::string digest;
    FakeRegistry registry;
    FakeRegistry mirror;
    ClientOptions options = quick_options();
    std::unique_ptr<Client> client;
    Reference reference;
};

TEST_F(MirrorTest, AMirrorThatHasItIsEnough) {
    const Manifest manifest = client->fetch_manifest(reference);
    EXPECT_EQ(manifest.digest.to_string(), digest);
    EXPECT_EQ(fetch(*client, reference, manifest.layers[0]), data);
    EXPECT_TRUE(client->head_manifest(reference));
    EXPECT_EQ(asked(registry), 0u);
}

TEST_F(MirrorTest, TheRegistryIsAskedWhereTheMirrorFails) {
    for (const int status : {404, 401, 403, 429, 500, 503}) {
        Client fresh(options);
        mirror_answers({.status = status, .headers = {"Retry-After: 900"}});
        const std::size_t before = asked(mirror);
        EXPECT_EQ(fresh.fetch_manifest(reference).digest.to_string(), digest) << status;
        EXPECT_EQ(asked(mirror) - before, 1u) << status;
        EXPECT_TRUE(fresh.head_manifest(reference)) << status;
    }
    mirror_answers({.body = "<html>a portal</html>", .claimed_length = 5});
}

TEST_F(MirrorTest, AMirrorThatFailedIsNotAskedAgain) {
    mirror_answers({.status = 404});
    const Manifest manifest = client->fetch_manifest(reference);
    EXPECT_EQ(client->fetch_small_blob(reference, manifest.config), "{}");
    EXPECT_EQ(fetch(*client, reference, manifest.layers[0]), data);
    EXPECT_EQ(asked(mirror), 1u);
}

TEST_F(MirrorTest, AMirrorThatSendsAnotherManifestForADigestIsPassedOver) {
    mirror_answers({.body = "{}"});
    const Reference pinned = Reference::parse(registry.name("app@" + digest));
    EXPECT_EQ(client->fetch_manifest(pinned).digest.to_string(), digest);
}

TEST_F(MirrorTest, ABlobThatTheMirrorLacksComesFromTheRegistry) {
    const Manifest manifest = client->fetch_manifest(reference);
    mirror_answers({.status = 404});
    EXPECT_EQ(fetch(*client, reference, manifest.layers[0]), data);
}

TEST_F(MirrorTest, ABlobThatTheMirrorCutsIsGoneOnWith) {
    const Manifest manifest = client->fetch_manifest(reference);
    std::atomic<int> answers = 0;
    mirror.set_hook([&](const HttpServerRequest&) {
        if (++answers == 1) return HttpServerReply{.body = data, .cut_after = 20'000};
        return HttpServerReply{.status = 503};
    });
    EXPECT_EQ(fetch(*client, reference, manifest.layers[0]), data);
    EXPECT_EQ(registry.server().requests().back().header("range"), "bytes=20000-49999");
}

TEST_F(MirrorTest, WhereAllFailBothAreNamed) {
    mirror_answers({.status = 403});
    const Reference other = Reference::parse(registry.name("nosuch"));
    const std::string error = error_of([&] { client->fetch_manifest(other); });
    EXPECT_THAT(error,
                testing::StartsWith("pulling '" + other.to_string() +
                                    "': manifest unknown (HTTP 404); its mirror '" +
                                    mirror.server().authority() + "': access denied (HTTP 403)"));
}

TEST_F(MirrorTest, EachGetsItsOwnCredentials) {
    const TempDir directory;
    const auto entry = [](FakeRegistry& server, const std::string& pair) {
        return fmt::format(R"("{}":{{"auth":"{}"}})", server.server().authority(),
                           base64_encode(pair));
    };
    options.auth_file = directory.path() / "auth.json";
    write_file_atomic(options.auth_file, R"({"auths":{)" + entry(registry, "ann:real") + "," +
                                             entry(mirror, "bob:mirror") + "}}");
    Client fresh(options);
    mirror_answers({.status = 401, .headers = {"WWW-Authenticate: Basic realm=\"m\""}});
    fresh.fetch_manifest(reference);
    std::vector<std::string> sent;
    for (const HttpServerRequest& request : mirror.server().requests())
        if (const std::string value = request.header("authorization"); !value.empty())
            sent.push_back(value);
    EXPECT_EQ(sent, std::vector<std::string>{"Basic " + base64_encode("bob:mirror")});
    for (const HttpServerRequest& request : registry.server().requests())
        EXPECT_EQ(request.header("authorization"), "");
}

TEST_F(MirrorTest, PushesAndTagsAreTheRegistrysOwn) {
    EXPECT_EQ(client->list_tags(reference), std::vector<std::string>{"latest"});
    const std::string blob = "new";
    const BlobOpener open = [&] {
        return [rest = std::string_view(blob)]() mutable { return std::exchange(rest, {}); };
    };
    EXPECT_EQ(client->push_blob(reference, descriptor_of(blob), open), PushedBlob::kUploaded);
    EXPECT_EQ(asked(mirror), 0u);
}

class ForeignLayerTest : public testing::Test {
 protected:
    Descriptor foreign(std::vector<std::string> urls) {
        Descriptor descriptor = descriptor_of(data);
        descriptor.media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
        descriptor.urls = std::move(urls);
        return descriptor;
    }
    std::string get(const Descriptor& descriptor) { return fetch(client, reference, descriptor); }

    const std::string data = sample(30'000);
    FakeRegistry registry;
    std::atomic<int> served = 0;
    HttpServer elsewhere{[this](const HttpServerRequest&) {
        return ++served == 1 ? HttpServerReply{.body = data, .cut_after = 10'000}
                             : HttpServerReply{.body = data};
    }};
    Client client{quick_options()};
    Reference reference = Reference::parse(registry.name("app"));
};

TEST_F(ForeignLayerTest, ItComesFromItsUrlsWhereTheRegistryLacksIt) {
    const std::string dead =
        HttpServer([](const HttpServerRequest&) { return HttpServerReply{}; }).url();
    EXPECT_EQ(get(foreign({dead + "/gone", elsewhere.url() + "/layer"})), data);
    ASSERT_EQ(elsewhere.requests().size(), 2u);
    EXPECT_EQ(elsewhere.requests()[0].target, "/layer");
    EXPECT_EQ(elsewhere.requests()[0].header("authorization"), "");
    registry.add_blob("app", data);
    EXPECT_EQ(get(foreign({elsewhere.url()})), data);
    EXPECT_EQ(elsewhere.requests().size(), 2u);
}

TEST_F(ForeignLayerTest, ItsDigestIsChecked) {
    Descriptor other = foreign({elsewhere.url()});
    other.digest = Digest::of("something else");
    EXPECT_THAT(error_of([&] { get(other); }), HasSubstr("what the registry sent has the digest"));
}

TEST_F(ForeignLayerTest, OnlyHttpIsSpokenAndNotForEver) {
    for (const char* url :
         {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://a:b@127.0.0.1/", "x"})
        EXPECT_THAT(error_of([&] { get(foreign({url})); }), HasSubstr("is not a URL to fetch from"))
            << url;
    HttpServer nothing([](const HttpServerRequest&) { return HttpServerReply{.status = 404}; });
    EXPECT_THAT(error_of([&] { get(foreign(std::vector<std::string>(1000, nothing.url()))); }),
                HasSubstr("not found (HTTP 404)"));
    EXPECT_LE(nothing.requests().size(), 4u);
}

TEST_F(ForeignLayerTest, UrlsOfOtherLayersAreNotAsked) {
    Descriptor ordinary = foreign({elsewhere.url()});
    ordinary.media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    EXPECT_THAT(error_of([&] { get(ordinary); }), HasSubstr("(HTTP 404)"));
    EXPECT_EQ(elsewhere.requests().size(), 0u);
}

}  // namespace
}  // namespace mincs::registry
