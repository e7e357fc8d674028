// Keeping and forgetting passwords: what is written is found again by the reading side, other
// entries stay, and a helper that a file names is used instead.
#include "libregistry/credential_store.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tests/support/scoped_variable.hh"

namespace mincs::registry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CredentialStoreTest : public testing::Test {
 protected:
    using Files = std::vector<std::filesystem::path>;

    static Credentials credentials(const std::string& user, const std::string& password) {
        Credentials given;
        given.user = user;
        given.password = password;
        return given;
    }
    std::filesystem::path file(const std::string& name, const std::string& text) {
        write_file_atomic(directory.path() / name, text);
        return directory.path() / name;
    }
    /// "user:password", or "none".
    static std::string found(const Files& files, const std::string& image) {
        const auto known = find_credentials(files, Reference::parse(image)).credentials;
        return known ? known->user + ":" + known->password : "none";
    }
    /// A helper that keeps what it is given in files beside it.
    void make_helper() {
        const std::string kept = (directory.path() / "kept").string();
        write_file_atomic(directory.path() / "docker-credential-box",
                          "#!/bin/sh\nkept=" + kept +
                              "\ncase $1 in\nstore) cat > $kept ;;\n"
                              "get) read key; [ -s $kept ] && grep -qF \"\\\"$key\\\"\" $kept || "
                              "{ echo credentials not found in box; exit 1; }; cat $kept ;;\n"
                              "erase) rm $kept ;;\nesac\n",
                          0755);
    }

    TempDir directory;
    test::ScopedVariable search_path{"PATH", directory.path().string() + ":" + std::getenv("PATH")};
    const Files files = {directory.path() / "new/deep/auth.json"};
};

TEST_F(CredentialStoreTest, WhatIsKeptIsFoundUntilItIsForgotten) {
    EXPECT_EQ(keep_credentials(files, "quay.io", credentials("ann", "pa:ss")),
              "'" + files[0].string() + "'");
    EXPECT_EQ(found(files, "quay.io/org/app"), "ann:pa:ss");
    EXPECT_EQ(found(files, "other.io/app"), "none");
    struct stat info = {};
    ASSERT_EQ(stat(files[0].c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
    ASSERT_EQ(stat(files[0].parent_path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0700u);
    EXPECT_EQ(keep_credentials(files, "quay.io", credentials("bob", "word")),
              "'" + files[0].string() + "'");
    EXPECT_EQ(found(files, "quay.io/org/app"), "bob:word");
    EXPECT_EQ(forget_credentials(files, "quay.io"), "'" + files[0].string() + "'");
    EXPECT_EQ(found(files, "quay.io/org/app"), "none");
    EXPECT_EQ(forget_credentials(files, "quay.io"), std::nullopt);
}

TEST_F(CredentialStoreTest, EverythingElseInTheFileStays) {
    const Files here = {file("auth.json", R"({"other":[1],"auths":{"a.io":{"auth":"YTpi"},)"
                                          R"("quay.io/org":{"auth":"YzpkZQ=="}}})")};
    keep_credentials(here, "quay.io", credentials("ann", "word"));
    EXPECT_THAT(read_file(here[0]), HasSubstr("\"other\""));
    EXPECT_EQ(found(here, "a.io/x"), "a:b");
    EXPECT_EQ(found(here, "quay.io/org/x"), "c:de");
    forget_credentials(here, "quay.io");
    EXPECT_EQ(found(here, "quay.io/org/x"), "c:de");
    EXPECT_EQ(found(here, "quay.io/x"), "none");
}

TEST_F(CredentialStoreTest, HubIsCalledAsEachFilesReadersCallIt) {
    const Files docker = {file("config.json", R"({"auths":{"docker.io":{"auth":"YTpi"}}})")};
    keep_credentials(docker, "docker.io", credentials("ann", "word"));
    EXPECT_THAT(read_file(docker[0]), HasSubstr("\"https://index.docker.io/v1/\""));
    EXPECT_THAT(read_file(docker[0]), testing::Not(HasSubstr("\"docker.io\"")));
    EXPECT_EQ(found(docker, "debian"), "ann:word");
    keep_credentials(files, "docker.io", credentials("ann", "word"));
    EXPECT_THAT(read_file(files[0]), HasSubstr("\"docker.io\""));
    EXPECT_TRUE(forget_credentials(docker, "docker.io"));
    EXPECT_EQ(found(docker, "debian"), "none");
}

TEST_F(CredentialStoreTest, ALinkedFileStaysALink) {
    const auto real = file("real.json", "{}");
    const Files linked = {directory.path() / "auth.json"};
    std::filesystem::create_symlink(real, linked[0]);
    keep_credentials(linked, "quay.io", credentials("ann", "word"));
    EXPECT_TRUE(std::filesystem::is_symlink(linked[0]));
    EXPECT_EQ(found({real}, "quay.io/x"), "ann:word");
}

TEST_F(CredentialStoreTest, AHelperKeepsThemWhereAFileSaysSo) {
    make_helper();
    const auto config = file("config.json", R"({"credHelpers":{"quay.io":"box"}})");
    const Files both = {files[0], config};
    EXPECT_EQ(keep_credentials(both, "quay.io", credentials("ann", "word")),
              "docker-credential-box");
    EXPECT_EQ(found(both, "quay.io/x"), "ann:word");
    EXPECT_FALSE(std::filesystem::exists(files[0]));
    EXPECT_EQ(keep_credentials(both, "other.io", credentials("bob", "word")),
              "'" + files[0].string() + "'");
    EXPECT_EQ(forget_credentials(both, "quay.io"), "docker-credential-box");
    EXPECT_EQ(forget_credentials(both, "quay.io"), std::nullopt);
    EXPECT_EQ(found(both, "quay.io/x"), "none");
}

TEST_F(CredentialStoreTest, AHelperThatRefusesIsAnError) {
    write_file_atomic(directory.path() / "docker-credential-shut",
                      "#!/bin/sh\necho 'no\x1b room' >&2; exit 1\n", 0755);
    const Files here = {file("auth.json", R"({"credsStore":"shut"})")};
    EXPECT_THAT([&] { keep_credentials(here, "quay.io", credentials("ann", "word")); },
                testing::ThrowsMessage<Error>("'docker-credential-shut' failed: no\\x1b room\\n"));
    const Files odd = {file("odd.json", R"({"credsStore":"../sh"})")};
    EXPECT_THROW(keep_credentials(odd, "quay.io", credentials("ann", "word")), Error);
}

TEST_F(CredentialStoreTest, AllAreForgottenAtOnce) {
    make_helper();
    const Files here = {file("auth.json", R"({"auths":{"a.io":{"auth":"YTpi"},"b.io":{}},)"
                                          R"("credHelpers":{"quay.io":"box"}})")};
    keep_credentials(here, "quay.io", credentials("ann", "word"));
    EXPECT_THAT(forget_all_credentials(here), ElementsAre("a.io", "b.io", "quay.io"));
    EXPECT_EQ(found(here, "a.io/x"), "none");
    EXPECT_EQ(found(here, "quay.io/x"), "none");
    EXPECT_THAT(read_file(here[0]), HasSubstr("credHelpers"));
    EXPECT_THAT(forget_all_credentials(here), ElementsAre());
    EXPECT_THAT(forget_all_credentials(files), ElementsAre());
}

TEST_F(CredentialStoreTest, WhereADirectoryCannotBeMadeTheNextFileServesButNotDockers) {
    const auto docker = file("config.json", R"({"auths":{"quay.io":{"auth":"YTpi"}}})");
    const Files three = {"/proc/no/auth.json", files[0], docker};
    EXPECT_EQ(keep_credentials(three, "quay.io", credentials("ann", "word")),
              "'" + files[0].string() + "'");
    EXPECT_EQ(forget_credentials(three, "quay.io"), "'" + files[0].string() + "'");
    EXPECT_EQ(forget_credentials(three, "quay.io"), std::nullopt);
    EXPECT_EQ(found(three, "quay.io/x"), "a:b");
    EXPECT_THROW(keep_credentials({"/proc/no/auth.json"}, "quay.io", credentials("ann", "word")),
                 Error);
}

TEST_F(CredentialStoreTest, AFileThatIsNoneIsNotOverwritten) {
    for (const char* text : {"[]", "{", R"({"auths":7})", R"({"credHelpers":[]})"}) {
        const Files here = {file("auth.json", text)};
        EXPECT_THROW(keep_credentials(here, "quay.io", credentials("ann", "word")), Error) << text;
        EXPECT_EQ(read_file(here[0]), text);
    }
}

}  // namespace
}  // namespace mincs::registry
