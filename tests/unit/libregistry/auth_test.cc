// Proof of identity: the token flow as Docker Hub runs it, passwords, and who must never see
// either.
#include <latch>
#include <thread>

#include "libcore/base/files.hh"
#include "libregistry/base64.hh"
#include "tests/unit/libregistry/client_test_util.hh"

namespace mincs::registry {
namespace {

/// A registry that wants a bearer token, and the token server it sends people to.
class TokenTest : public testing::Test {
 protected:
    TokenTest() : tokens([this](const HttpServerRequest& request) { return issue(request); }) {
        registry.add_image("org/app", "latest", {"layer"});
        registry.set_hook([this](const HttpServerRequest& request) { return guard(request); });
    }

    virtual HttpServerReply issue(const HttpServerRequest&) {
        return {.body = fmt::format(R"({{"token":"token-{}","expires_in":{}}})", ++issued, life)};
    }
    virtual std::optional<HttpServerReply> guard(const HttpServerRequest& request) {
        if (request.header("authorization") == fmt::format("Bearer token-{}", valid.load()))
            return std::nullopt;
        return challenge();
    }
    HttpServerReply challenge() {
        return {.status = 401,
                .headers = {fmt::format(
                    "Www-Authenticate: Bearer realm=\"{}/token\",service=\"registry.docker.io\","
                    "scope=\"repository:org/app:pull\"",
                    tokens.url())},
                .body = R"({"errors":[{"message":"authentication required"}]})"};
    }
    Reference reference() { return Reference::parse(registry.name("org/app")); }
    /// A config.json with this entry for the registry.
    std::string config(const std::string& entry) {
        const std::string path = directory.path() / "config.json";
        write_file_atomic(
            path, fmt::format(R"({{"auths":{{"{}":{}}}}})", registry.server().authority(), entry));
        return path;
    }

    TempDir directory;
    std::atomic<int> issued = 0;
    std::atomic<int> valid = 1;
    std::atomic<int> life = 300;
    HttpServer tokens;
    FakeRegistry registry;
};

TEST_F(TokenTest, AnonymousFlowAsksTheRealmOnceForAWholePull) {
    Client client(quick_options());
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_EQ(client.fetch_small_blob(reference(), manifest.config), "{}");
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    const auto asked = tokens.requests();
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(asked[0].method, "GET");
    EXPECT_EQ(asked[0].target,
              "/token?service=registry.docker.io&scope=repository%3Aorg%2Fapp%3Apull");
    EXPECT_EQ(asked[0].header("authorization"), "");
}

TEST_F(TokenTest, ThreadsShareOneToken) {
    std::latch all_without_token(8);
    registry.set_hook([&](const HttpServerRequest& request) {
        const auto refused = guard(request);
        if (refused && request.path() != "/v2/") all_without_token.arrive_and_wait();
        return refused;
    });
    Client client(quick_options());
    std::vector<std::thread> threads;
    std::atomic<int> right = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            if (client.fetch_manifest(reference()).layers.size() == 1) ++right;
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, 8);
    EXPECT_EQ(issued, 1);
}

TEST_F(TokenTest, CredentialsGoToTheRealmAndTheTokenToTheRegistry) {
    Client client(quick_options(config(R"({"auth":")" + base64_encode("ann:pa:ss") + R"("})")));
    client.fetch_manifest(reference());
    ASSERT_EQ(tokens.requests().size(), 1u);
    EXPECT_EQ(tokens.requests()[0].header("authorization"), "Basic " + base64_encode("ann:pa:ss"));
    EXPECT_THAT(tokens.requests()[0].query(), HasSubstr("&account=ann"));
    for (const HttpServerRequest& request : registry.server().requests())
        EXPECT_THAT(request.header("authorization"), testing::AnyOf("", "Bearer token-1"));
}

TEST_F(TokenTest, AnIdentityTokenTravelsInTheBody) {
    Client client(quick_options(config(R"({"identitytoken":"secret/refresh"})")));
    client.fetch_manifest(reference());
    ASSERT_EQ(tokens.requests().size(), 1u);
    const HttpServerRequest asked = tokens.requests()[0];
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.target, "/token");
    EXPECT_THAT(asked.body, HasSubstr("grant_type=refresh_token"));
    EXPECT_THAT(asked.body, HasSubstr("refresh_token=secret%2Frefresh"));
}

TEST_F(TokenTest, ATokenRefusedInMidLifeIsRenewed) {
    Client client(quick_options());
    const Manifest manifest = client.fetch_manifest(reference());
    valid = 2;
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    EXPECT_EQ(issued, 2);
}

TEST_F(TokenTest, ATokenThatRanOutIsRenewedWithoutBeingRefusedFirst) {
    life = 1;
    Client client(quick_options());
    const Manifest manifest = client.fetch_manifest(reference());
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    valid = 2;
    const std::size_t before = registry.server().requests().size();
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    EXPECT_EQ(registry.server().requests().size(), before + 1);
}

TEST_F(TokenTest, A401WithoutEndEnds) {
    valid = -1;
    Client client(quick_options());
    const std::string error = error_of([&] { client.fetch_manifest(reference()); });
    EXPECT_EQ(error, fmt::format("pulling '{}': authentication required (HTTP 401); asked without "
                                 "credentials, as none are kept for '{}'",
                                 reference().to_string(), registry.server().authority()));
    EXPECT_LE(registry.server().requests().size(), 4u);
    EXPECT_LE(issued, 2);
}

TEST_F(TokenTest, ABlobServerElsewhereSeesNoToken) {
    HttpServer cdn([](const HttpServerRequest&) { return HttpServerReply{.body = "layer"}; });
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (const auto refused = guard(request)) return refused;
        if (request.path().find("/blobs/") == std::string::npos) return std::nullopt;
        return HttpServerReply{.status = 307,
                               .headers = {"Location: " + cdn.url() + "/data?signature=x"}};
    });
    Client client(quick_options());
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    ASSERT_EQ(cdn.requests().size(), 1u);
    EXPECT_EQ(cdn.requests()[0].header("authorization"), "");
}

/// Sends a blob that the repository does not have.
PushedBlob push_layer(Client& client, const Reference& reference,
                      const std::string& mount_from = "") {
    const BlobOpener open = [] {
        return [rest = std::string_view("sent")]() mutable { return std::exchange(rest, {}); };
    };
    return client.push_blob(reference, descriptor_of("sent"), open, mount_from);
}

TEST_F(TokenTest, APushAsksForAllItNeedsAtOnce) {
    Client client(quick_options());
    EXPECT_EQ(push_layer(client, reference()), PushedBlob::kUploaded);
    ASSERT_EQ(tokens.requests().size(), 1u);
    EXPECT_THAT(tokens.requests()[0].query(),
                testing::EndsWith("scope=repository%3Aorg%2Fapp%3Apull%2Cpush"));
    client.push_manifest(reference(), "{}", "application/x");
    EXPECT_EQ(issued, 1);
}

TEST_F(TokenTest, AMountAsksForTheOtherRepositoryToo) {
    registry.add_blob("org/other", "sent");
    registry.set_hook({});
    Client client(quick_options());
    registry.set_hook([this](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        valid = issued.load();  // each kind of access has a token of its own
        return issued == 0 || request.header("authorization").empty() ? guard(request)
                                                                      : std::nullopt;
    });
    EXPECT_EQ(push_layer(client, reference(), "org/other"), PushedBlob::kMounted);
    EXPECT_THAT(tokens.requests().back().query(),
                testing::EndsWith("scope=repository%3Aorg%2Fapp%3Apull%2Cpush&"
                                  "scope=repository%3Aorg%2Fother%3Apull"));
}

TEST_F(TokenTest, AnUploadElsewhereCarriesNoToken) {
    HttpServer elsewhere([](const HttpServerRequest&) { return HttpServerReply{.status = 201}; });
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (const auto refused = guard(request)) return refused;
        if (request.method != "POST") return std::nullopt;
        return HttpServerReply{.status = 202, .headers = {"Location: " + elsewhere.url() + "/put"}};
    });
    Client client(quick_options());
    EXPECT_EQ(push_layer(client, reference()), PushedBlob::kUploaded);
    ASSERT_EQ(elsewhere.requests().size(), 1u);
    EXPECT_EQ(elsewhere.requests()[0].header("authorization"), "");
    EXPECT_EQ(elsewhere.requests()[0].body, "sent");
}

TEST_F(TokenTest, ALoginAsksForNoRepository) {
    ClientOptions options = quick_options();
    options.credentials = Credentials{"ann", "word", "", "stdin"};
    registry.set_hook([this](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        // The question for the scheme is answered as usual.
        if (request.header("authorization").empty()) {
            HttpServerReply reply = challenge();
            reply.headers = {
                fmt::format("Www-Authenticate: Bearer realm=\"{}/token\",service=s", tokens.url())};
            return reply;
        }
        return std::nullopt;
    });
    Client client(options);
    EXPECT_TRUE(client.check_login(registry.server().authority()));
    ASSERT_EQ(tokens.requests().size(), 1u);
    EXPECT_EQ(tokens.requests()[0].target, "/token?service=s&account=ann");
    EXPECT_EQ(tokens.requests()[0].header("authorization"), "Basic " + base64_encode("ann:word"));
    registry.set_hook({});
    Client open(options);
    EXPECT_FALSE(open.check_login(registry.server().authority()));
}

TEST_F(TokenTest, ARedirectBackBringsNoTokenEither) {
    HttpServer mirror([&](const HttpServerRequest&) {
        return HttpServerReply{.status = 307,
                               .headers = {"Location: " + registry.server().url() + "/fished"}};
    });
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (request.path() == "/fished") return HttpServerReply{.body = "layer"};
        if (const auto refused = guard(request)) return refused;
        if (request.path().find("/blobs/") == std::string::npos) return std::nullopt;
        return HttpServerReply{.status = 307, .headers = {"Location: " + mirror.url() + "/"}};
    });
    Client client(quick_options());
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    ASSERT_EQ(registry.server().requests_for("/fished").size(), 1u);
    EXPECT_EQ(registry.server().requests_for("/fished")[0].header("authorization"), "");
}

TEST_F(TokenTest, A401FromABlobServerElsewhereGetsNoPassword) {
    HttpServer cdn([](const HttpServerRequest&) {
        return HttpServerReply{.status = 401, .headers = {"WWW-Authenticate: Basic realm=\"x\""}};
    });
    registry.set_hook([&](const HttpServerRequest& request) -> std::optional<HttpServerReply> {
        if (const auto refused = guard(request)) return refused;
        if (request.path().find("/blobs/") == std::string::npos) return std::nullopt;
        return HttpServerReply{.status = 307, .headers = {"Location: " + cdn.url() + "/"}};
    });
    Client client(quick_options(config(R"({"username":"ann","password":"word"})")));
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_THAT(error_of([&] { fetch(client, reference(), manifest.layers[0]); }),
                HasSubstr("(HTTP 401)"));
    ASSERT_EQ(cdn.requests().size(), 1u);
    EXPECT_EQ(cdn.requests()[0].header("authorization"), "");
    for (const HttpServerRequest& request : registry.server().requests())
        EXPECT_THAT(request.header("authorization"), testing::Not(HasSubstr("Basic")));
}

/// A token server whose answers are given by the test.
class BadTokenTest : public TokenTest {
 protected:
    HttpServerReply issue(const HttpServerRequest&) override { return answer; }
    std::string error() {
        Client client(quick_options(auth_file));
        return error_of([&] { client.fetch_manifest(reference()); });
    }
    HttpServerReply answer;
    std::string auth_file = "/nonexistent";
};

TEST_F(BadTokenTest, AnswersThatAreNoTokenAreRefused) {
    for (const char* body : {"", "[]", "{}", R"({"token":7})", R"({"token":"a\r\nX-Evil: 1"})",
                             R"({"token":"a b"})"}) {
        answer = {.body = body};
        EXPECT_THAT(error(), HasSubstr("the token from '127.0.0.1:")) << body;
    }
    answer = {.body = std::string(300 << 10, ' ')};
    EXPECT_THAT(error(), HasSubstr("more than 262144 bytes"));
}

TEST_F(BadTokenTest, RefusedCredentialsAreNamedByTheirFile) {
    answer = {.status = 401, .body = R"({"details":"incorrect username or password"})"};
    auth_file = config(R"({"username":"ann","password":"word"})");
    EXPECT_EQ(error(),
              fmt::format("pulling '{}': no token from '{}' with the credentials from '{}': "
                          "incorrect username or password (HTTP 401)",
                          reference().to_string(), tokens.authority(), auth_file));
}

TEST_F(TokenTest, RealmsMustBeHttpsOrOnThisMachine) {
    Client client(quick_options());
    for (const char* realm : {"http://auth.example/token", "file:///etc/passwd", "", "::"}) {
        registry.set_hook([&](const HttpServerRequest&) {
            return HttpServerReply{
                .status = 401,
                .headers = {fmt::format("WWW-Authenticate: Bearer realm=\"{}\"", realm)}};
        });
        const std::string error = error_of([&] { client.fetch_manifest(reference()); });
        EXPECT_THAT(error, testing::AnyOf(HasSubstr("over plain http"), HasSubstr("names no realm"),
                                          HasSubstr("is not a URL to fetch from")));
        EXPECT_TRUE(error.starts_with("pulling '")) << error;
    }
}

/// A registry that wants a password.
class BasicTest : public TokenTest {
 protected:
    std::optional<HttpServerReply> guard(const HttpServerRequest& request) override {
        if (request.header("authorization") == "Basic " + base64_encode("ann:word"))
            return std::nullopt;
        return HttpServerReply{.status = 401, .headers = {"WWW-Authenticate: Basic realm=\"R\""}};
    }
    std::string error(const std::string& auth_file) {
        Client client(quick_options(auth_file));
        return error_of([&] { client.fetch_manifest(reference()); });
    }
};

TEST_F(BasicTest, ThePasswordIsSentOnceAskedFor) {
    Client client(quick_options(config(R"({"username":"ann","password":"word"})")));
    const Manifest manifest = client.fetch_manifest(reference());
    EXPECT_EQ(fetch(client, reference(), manifest.layers[0]), "layer");
    const auto asked =
        registry.server().requests_for(FakeRegistry::manifest_path("org/app", "latest"));
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_EQ(asked[0].header("authorization"), "");
}

TEST_F(BasicTest, AWrongOrMissingPasswordEndsAtOnce) {
    const std::string file = config(R"({"username":"ann","password":"wrong"})");
    EXPECT_THAT(error(file), HasSubstr("refuses the credentials from '" + file + "' (HTTP 401)"));
    EXPECT_THAT(error("/nonexistent"),
                HasSubstr("asks for a user name and a password, but none are kept for it"));
}

TEST_F(BasicTest, UnknownSchemesAreNamed) {
    registry.set_hook([](const HttpServerRequest&) {
        return HttpServerReply{.status = 401, .headers = {"WWW-Authenticate: Negotiate"}};
    });
    EXPECT_THAT(error("/nonexistent"), HasSubstr("asks for 'negotiate' authentication"));
}

}  // namespace
}  // namespace mincs::registry
