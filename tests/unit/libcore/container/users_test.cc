#include "libcore/container/users.hh"

#include <gtest/gtest.h>

#include <fstream>

using namespace mincs;
using namespace mincs::container;

namespace {

class Users : public testing::Test {
 protected:
    void SetUp() override {
        make_directories(tree_.path() / "etc");
        std::ofstream(tree_.path() / "etc/passwd") << "root:x:0:0:root:/root:/bin/sh\n"
                                                      "broken line\n"
                                                      "big:x:99999999999:0::/:/bin/sh\n"
                                                      "alice:x:1234:1235::/home/alice:/bin/sh\n"
                                                      "1234:x:5:5::/trap:/bin/sh\n";
        std::ofstream(tree_.path() / "etc/group")
            << "root:x:0:\nwheel:x:10:root,alice\nalice:x:1235:\n"
               "video:x:44:bob,alice\n";
    }
    ResolvedUser resolve(const std::string& text) {
        return resolve_user(text, fs::RootDir::open(tree_.path()));
    }
    TempDir tree_;
};

}  // namespace

TEST_F(Users, ANameBringsItsGroupsAndHome) {
    const ResolvedUser alice = resolve("alice");
    EXPECT_EQ(alice.user.uid, 1234u);
    EXPECT_EQ(alice.user.gid, 1235u);
    EXPECT_EQ(alice.user.additional_gids, (std::vector<gid_t>{10, 44}));
    EXPECT_EQ(alice.home, "/home/alice");
}

TEST_F(Users, ANumberIsAnIdEvenWhereAUserIsCalledSo) {
    EXPECT_EQ(resolve("1234").user.uid, 1234u);
}

TEST_F(Users, ANumberWithoutALineIsFine) {
    const ResolvedUser nobody = resolve("4242");
    EXPECT_EQ(nobody.user.uid, 4242u);
    EXPECT_EQ(nobody.user.gid, 0u);
    EXPECT_EQ(nobody.home, "/");
}

TEST_F(Users, AGivenGroupReplacesAllOthers) {
    const ResolvedUser alice = resolve("alice:video");
    EXPECT_EQ(alice.user.gid, 44u);
    EXPECT_TRUE(alice.user.additional_gids.empty());
    EXPECT_EQ(resolve("0:7").user.gid, 7u);
}

TEST_F(Users, EmptyIsRoot) {
    EXPECT_EQ(resolve("").user.uid, 0u);
}

TEST_F(Users, WhatCannotBeAnIdIsRefused) {
    for (const char* text : {"bob", "big", "4294967295", "99999999999999999999", "-1",
                             "1234:nosuch", "0:-1", ":5", "alice:", "0x10", " 1"})
        EXPECT_THROW(resolve(text), UsageError) << text;
}

TEST_F(Users, AFifoInPlaceOfPasswdIsNotOpened) {
    std::filesystem::remove(tree_.path() / "etc/passwd");
    ASSERT_EQ(mkfifo((tree_.path() / "etc/passwd").c_str(), 0600), 0);
    EXPECT_ANY_THROW(resolve("alice"));  // and does not block
}

TEST_F(Users, APasswdThatIsALinkOutIsReadInsideTheRoot) {
    std::filesystem::remove(tree_.path() / "etc/passwd");
    std::filesystem::create_symlink("/../../../../etc/hostname", tree_.path() / "etc/passwd");
    EXPECT_THROW(resolve("alice"), UsageError);
}
