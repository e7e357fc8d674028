// Registries that mean harm: each is one clear error, in bounded time and memory. What a hostile
// manifest is refused for stands in manifest_test.cc; redirects, headers and digests in
// client_test.cc; uploads in push_test.cc; tags in tag_list_test.cc.
#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class HostileTest : public testing::Test {
 protected:
    HostileTest() { registry.add_image("app", "latest", {data}); }
    ~HostileTest() override {
        EXPECT_LT(Clock::now() - start, std::chrono::seconds(20)) << "took too long";
    }
    /// Replaces every answer but that to the question which scheme is spoken.
    void answer(HttpServerReply reply) {
        registry.set_hook([=](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
            if (request.path() == "/v2/") return std::nullopt;
            return reply;
        });
    }
    std::string manifest_error() {
        return error_of([&] { client->fetch_manifest(reference); });
    }
    std::string blob_error() {
        return error_of([&] { fetch(*client, reference, descriptor_of(data)); });
    }
    /// For what waits: two attempts instead of five.
    void give_up_soon() {
        ClientOptions few = options();
        few.limits.attempts = 2;
        client = std::make_unique<Client>(few);
    }
    static ClientOptions options() {
        ClientOptions quick = quick_options();
        quick.limits.short_answer = milliseconds(400);
        quick.limits.answer_window = milliseconds(400);
        return quick;
    }

    const Clock::time_point start = Clock::now();
    const std::string data = sample(100'000);
    FakeRegistry registry;
    std::unique_ptr<Client> client = std::make_unique<Client>(options());
    Reference reference = Reference::parse(registry.name("app"));
};

TEST_F(HostileTest, AManifestShorterThanItsLength) {
    answer({.body = "{}", .claimed_length = 5'000});
    EXPECT_THAT(manifest_error(), HasSubstr("also after 5 attempts"));
}

TEST_F(HostileTest, AManifestLongerThanItsLength) {
    answer({.body = R"({"schemaVersion":2})", .claimed_length = 5});
    EXPECT_THAT(manifest_error(), HasSubstr("not valid JSON"));
}

TEST_F(HostileTest, LengthsThatAreNone) {
    for (const char* length : {"-1", "9223372036854775808", "1e9", "0x10"}) {
        answer({.headers = {fmt::format("Content-Length: {}", length)},
                .body = "{}",
                .chunked = true});
        EXPECT_NE(manifest_error(), "no error") << length;
        EXPECT_NE(blob_error(), "no error") << length;
    }
}

TEST_F(HostileTest, AManifestWithoutEnd) {
    answer({.body = std::string(10'000, ' '), .chunked = true, .endless = true});
    EXPECT_THAT(manifest_error(), HasSubstr("sends more than 4194304 bytes"));
    answer({.status = 404, .body = std::string(10'000, ' '), .chunked = true, .endless = true});
    EXPECT_THAT(manifest_error(), HasSubstr("sends more than 4194304 bytes"));
}

TEST_F(HostileTest, ABlobWithoutEnd) {
    answer({.body = data, .chunked = true, .endless = true});
    EXPECT_THAT(blob_error(), HasSubstr("more than the 100000 bytes the manifest says"));
}

TEST_F(HostileTest, AnAnswerDropByDrop) {
    give_up_soon();
    answer({.body = std::string(100'000, ' '), .trickle = milliseconds(50)});
    EXPECT_THAT(manifest_error(), HasSubstr("does not come to the end of an answer"));
    EXPECT_THAT(blob_error(), testing::AnyOf(HasSubstr("has almost stopped sending"),
                                             HasSubstr("also after 5 attempts")));
}

TEST_F(HostileTest, HeadersDropByDrop) {
    // The status line comes, the rest never does.
    give_up_soon();
    answer({.endless_header = "X", .trickle = milliseconds(50)});
    EXPECT_THAT(manifest_error(), HasSubstr("has almost stopped sending, also after 2 attempts"));
}

TEST_F(HostileTest, EveryAnswerIsAnotherFailure) {
    std::atomic<int> asked = 0;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/") return std::nullopt;
        switch (++asked % 4) {
            case 0:
                return HttpServerReply{.status = 429};
            case 1:
                return HttpServerReply{.status = 502, .body = "<html>"};
            case 2:
                return HttpServerReply{.drop = true};
            default:
                return HttpServerReply{.status = 503, .headers = {"Retry-After: 0"}};
        }
    });
    EXPECT_THAT(manifest_error(), HasSubstr("also after 5 attempts"));
    EXPECT_LE(asked, 10);  // libcurl asks once more where a kept connection turns out to be closed
}

TEST_F(HostileTest, AWaitWithoutEnd) {
    for (const char* wait :
         {"99999999999999999999999999", "87600h", "Fri, 31 Dec 9999 23:59:59 GMT"}) {
        answer({.status = 503, .headers = {fmt::format("Retry-After: {}", wait)}});
        EXPECT_THAT(manifest_error(), HasSubstr("the registry asks to wait 365 days, until "))
            << wait;
    }
}

TEST_F(HostileTest, DeepDoubledAndMistypedDocuments) {
    const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
    const std::string deeper = R"({"a":)" + deep + "}";
    for (const std::string& body :
         {deep, deeper, std::string(R"({"schemaVersion":2,"schemaVersion":2})"),
          std::string("null"), std::string("\"text\""), std::string(R"({"schemaVersion":[2]})"),
          std::string("\xff\xfe")}) {
        answer({.body = body});
        EXPECT_THAT(manifest_error(), testing::StartsWith("pulling '")) << body.substr(0, 50);
        answer({.status = 403, .body = body});
        EXPECT_THAT(manifest_error(), HasSubstr("access denied (HTTP 403)")) << body.substr(0, 50);
    }
}

TEST_F(HostileTest, HeadsThatLieAreOnlyHints) {
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.method != "HEAD") return std::nullopt;
        return HttpServerReply{.headers = {"Content-Type: application/x",
                                           "Docker-Content-Digest: sha256:../../../../etc/passwd"},
                               .claimed_length = 1u << 30};
    });
    EXPECT_FALSE(client->head_manifest(reference));
}

TEST_F(HostileTest, ChallengesThatAskForSecretsElsewhere) {
    for (const char* challenge :
         {"Bearer realm=\"file:///etc/passwd\"", "Bearer realm=\"http://evil.example/token\"",
          "Bearer realm=\"gopher://127.0.0.1/x\"", "Bearer realm=\"//\"", "Bearer", "Basic",
          "Bearer realm=\"http://127.0.0.1:1/", "Negotiate", "\"", ",,,,", "Digest realm=\"x\""}) {
        answer({.status = 401, .headers = {fmt::format("WWW-Authenticate: {}", challenge)}});
        EXPECT_THAT(manifest_error(), testing::StartsWith("pulling '")) << challenge;
    }
}

TEST_F(HostileTest, TokensThatAreNone) {
    HttpServerReply token;
    HttpServer tokens([&](const HttpServerRequest&) { return token; });
    answer({.status = 401,
            .headers = {fmt::format("WWW-Authenticate: Bearer realm=\"{}/\"", tokens.url())}});
    const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
    for (const std::string& body :
         {std::string("no JSON"), deep, R"({"token":)" + deep + "}",
          std::string(R"({"token":"a","token":"b"})"), std::string(R"({"token":{}})"),
          std::string(R"({"token":"a","expires_in":"soon"})"),
          R"({"token":")" + std::string(40'000, 'a') + "\"}"}) {
        token = {.body = body};
        EXPECT_THAT(manifest_error(), HasSubstr("the token from '127.0.0.1:"))
            << body.substr(0, 50);
    }
    token = {.status = 307, .headers = {"Location: file:///etc/passwd"}};
    EXPECT_THAT(manifest_error(), HasSubstr("is not a URL to fetch from"));
    token = {.status = 307, .headers = {"Location: /"}};
    EXPECT_THAT(manifest_error(), HasSubstr("redirects more than 10 times"));
    token = {.body = std::string(10'000, ' '), .chunked = true, .endless = true};
    EXPECT_THAT(manifest_error(), HasSubstr("sends more than"));
}

TEST_F(HostileTest, ATokenThatHasRunOutBeforeItCame) {
    std::atomic<int> issued = 0;
    HttpServer tokens([&](const HttpServerRequest&) {
        ++issued;
        return HttpServerReply{.body = R"({"token":"a","expires_in":-9223372036854775808})"};
    });
    answer({.status = 401,
            .headers = {fmt::format("WWW-Authenticate: Bearer realm=\"{}/\"", tokens.url())}});
    EXPECT_THAT(manifest_error(), HasSubstr("(HTTP 401)"));
    EXPECT_LE(issued, 3);
}

TEST_F(HostileTest, AnUploadThatIsSentInCircles) {
    std::atomic<int> asked = 0;
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/v2/" || request.method == "HEAD") return std::nullopt;
        ++asked;
        if (request.method == "PUT")
            return HttpServerReply{.status = 307, .headers = {"Location: " + request.target}};
        return HttpServerReply{.status = 202, .headers = {"Location: /v2/app/blobs/uploads/0"}};
    });
    const BlobOpener open = [&] {
        return [rest = std::string_view(data)]() mutable { return std::exchange(rest, {}); };
    };
    Descriptor other = descriptor_of(data + "x");
    other.size = static_cast<std::int64_t>(data.size());
    EXPECT_THAT(error_of([&] { client->push_blob(reference, other, open); }),
                HasSubstr("redirects more than 10 times"));
    EXPECT_LE(asked, 13);
}

TEST_F(HostileTest, AnUploadThatIsNeverAnswered) {
    give_up_soon();
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.method != "PUT") return std::nullopt;
        return HttpServerReply{.endless_header = "X", .trickle = milliseconds(5'000)};
    });
    EXPECT_THAT(error_of([&] { client->push_manifest(reference, "{}", "application/x"); }),
                HasSubstr("has almost stopped sending, also after 2 attempts"));
}

TEST_F(HostileTest, AMediaTypeThatIsAHeaderMore) {
    EXPECT_THAT(error_of([&] {
                    client->push_manifest(reference, "{}", "application/x\r\nAuthorization: me");
                }),
                HasSubstr("cannot be sent as a header"));
    EXPECT_EQ(registry.server().requests_for(FakeRegistry::manifest_path("app", "latest")).size(),
              0u);
}

}  // namespace
}  // namespace mincs::registry
