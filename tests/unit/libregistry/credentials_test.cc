// Where passwords are found: files in their order, keys from the most specific, and helper
// programs.
#include "libregistry/credentials.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libregistry/base64.hh"
#include "tests/support/scoped_variable.hh"

namespace mincs::registry {
namespace {

using test::ScopedVariable;
using testing::HasSubstr;

class CredentialsTest : public testing::Test {
 protected:
    std::filesystem::path file(const std::string& text, const std::string& name = "auth.json") {
        write_file_atomic(directory.path() / name, text);
        return directory.path() / name;
    }
    CredentialSearch search(const std::string& text, const std::string& image) {
        return find_credentials({file(text)}, Reference::parse(image));
    }
    /// "user:password", "token TOKEN" or "none".
    std::string found(const std::string& text, const std::string& image) {
        const auto credentials = search(text, image).credentials;
        if (!credentials) return "none";
        if (!credentials->identity_token.empty()) return "token " + credentials->identity_token;
        return credentials->user + ":" + credentials->password;
    }
    void helper(const std::string& name, const std::string& script) {
        const std::filesystem::path path = directory.path() / ("docker-credential-" + name);
        write_file_atomic(path, "#!/bin/sh\n" + script, 0755);
    }

    TempDir directory;
    ScopedVariable search_path{"PATH", directory.path().string() + ":" + std::getenv("PATH")};
};

std::string auths(const std::string& key, const std::string& pair) {
    return fmt::format(R"("{}":{{"auth":"{}"}})", key, base64_encode(pair));
}

TEST_F(CredentialsTest, TheMostSpecificKeyWins) {
    const std::string text = R"({"auths":{)" + auths("quay.io", "a:host") + "," +
                             auths("quay.io/org", "b:org") + "," +
                             auths("quay.io/org/app", "c:app") + "}}";
    EXPECT_EQ(found(text, "quay.io/org/app"), "c:app");
    EXPECT_EQ(found(text, "quay.io/org/other"), "b:org");
    EXPECT_EQ(found(text, "quay.io/other"), "a:host");
    EXPECT_EQ(found(text, "quay.io/organ"), "a:host");
    EXPECT_EQ(found(text, "other.io/org/app"), "none");
    EXPECT_EQ(found(text, "fedora"), "none");
}

TEST_F(CredentialsTest, DockersOldKeysAreUnderstood) {
    EXPECT_EQ(
        found(R"({"auths":{)" + auths("https://index.docker.io/v1/", "a:hub") + "}}", "fedora"),
        "a:hub");
    EXPECT_EQ(found(R"({"auths":{)" + auths("docker.io", "a:hub") + "}}", "org/app"), "a:hub");
    EXPECT_EQ(found(R"({"auths":{)" + auths("https://quay.io/v2/", "a:b") + "}}", "quay.io/x"),
              "a:b");
}

TEST_F(CredentialsTest, FormsOfAnEntry) {
    const auto entry = [&](const std::string& text) {
        return found(R"({"auths":{"h:1":)" + text + "}}", "h:1/x");
    };
    EXPECT_EQ(entry(R"({"username":"a","password":"b"})"), "a:b");
    EXPECT_EQ(entry(R"({"auth":")" + base64_encode("a:b:c") + R"("})"), "a:b:c");
    EXPECT_EQ(entry(R"({"auth":")" + base64_encode(std::string("a:b\0\0", 5)) + R"("})"), "a:b");
    EXPECT_EQ(entry(R"({"identitytoken":"t"})"), "token t");
    EXPECT_EQ(entry("{}"), "none");
    EXPECT_THROW(entry(R"({"auth":"!!"})"), Error);
    EXPECT_THROW(entry("7"), Error);
}

TEST_F(CredentialsTest, OnlyTheRegistrysOwnHelperRuns) {
    helper("mine", R"(read host; echo "{\"Username\":\"u\",\"Secret\":\"for $host\"}")");
    helper("other", "touch " + (directory.path() / "was-run").string());
    const std::string text =
        R"({"credHelpers":{"quay.io":"mine","gcr.io":"other"},"credsStore":"other"})";
    EXPECT_EQ(found(text, "quay.io/x"), "u:for quay.io");
    EXPECT_FALSE(std::filesystem::exists(directory.path() / "was-run"));
}

TEST_F(CredentialsTest, TheStoreIsAskedForWhatTheFileLacks) {
    helper("store", R"(read host; echo "{\"Username\":\"<token>\",\"Secret\":\"$host\"}")");
    const std::string text =
        R"({"auths":{"quay.io":{},)" + auths("kept.io", "a:b") + R"(},"credsStore":"store"})";
    EXPECT_EQ(found(text, "quay.io/x"), "token quay.io");
    EXPECT_EQ(found(text, "kept.io/x"), "a:b");
    EXPECT_EQ(found(text, "fedora"), "token https://index.docker.io/v1/");
}

TEST_F(CredentialsTest, AHelperThatFailsIsToldButNoError) {
    helper("empty", "echo 'credentials not found in native keychain'; exit 1");
    helper("broken", "echo 'no\x1b bus' >&2; exit 1");
    helper("silly", "echo hello");
    const auto trouble = [&](const std::string& name) {
        const CredentialSearch result = search(R"({"credsStore":")" + name + R"("})", "fedora");
        EXPECT_FALSE(result.credentials) << name;
        return result.trouble;
    };
    EXPECT_EQ(trouble("empty"), "");
    EXPECT_THAT(trouble("broken"), HasSubstr("'docker-credential-broken' failed: no\\x1b bus"));
    EXPECT_THAT(trouble("silly"), HasSubstr("not valid JSON"));
    EXPECT_THAT(trouble("absent"), HasSubstr("docker-credential-absent"));
    EXPECT_THROW(trouble("../../bin/sh"), Error);
}

TEST_F(CredentialsTest, FilesAreSearchedInTheirOrder) {
    const auto first = file(R"({"auths":{)" + auths("a.io", "first:1") + "}}", "first");
    const auto second =
        file(R"({"auths":{)" + auths("a.io", "second:2") + "," + auths("b.io", "second:2") + "}}",
             "second");
    const std::vector<std::filesystem::path> files = {directory.path() / "missing", first, second};
    EXPECT_EQ(find_credentials(files, Reference::parse("a.io/x")).credentials->user, "first");
    EXPECT_EQ(find_credentials(files, Reference::parse("b.io/x")).credentials->user, "second");
    EXPECT_THROW(search("[]", "a.io/x"), Error);
    EXPECT_THROW(search("{", "a.io/x"), Error);
}

TEST_F(CredentialsTest, TheUsualPlaces) {
    const ScopedVariable home("HOME", "/h"), runtime("XDG_RUNTIME_DIR", "/r"),
        config("XDG_CONFIG_HOME", ""), docker("DOCKER_CONFIG", ""),
        chosen("REGISTRY_AUTH_FILE", "");
    using Paths = std::vector<std::filesystem::path>;
    EXPECT_EQ(credential_files(""),
              (Paths{"/r/containers/auth.json", "/h/.config/containers/auth.json",
                     "/h/.docker/config.json"}));
    EXPECT_EQ(credential_files("/mine"), Paths{"/mine"});
    const ScopedVariable set("REGISTRY_AUTH_FILE", "/env");
    EXPECT_EQ(credential_files(""), Paths{"/env"});
}

}  // namespace
}  // namespace mincs::registry
