#include "tools/marten/image_name.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

TEST(ImageName, NameWithoutARegistryIsLocal) {
    EXPECT_EQ(local_image_name("mine"), "localhost/mine:latest");
    EXPECT_EQ(local_image_name("mine:1"), "localhost/mine:1");
    EXPECT_EQ(local_image_name("org/mine"), "localhost/org/mine:latest");
    EXPECT_EQ(local_image_name("localhost/mine"), "localhost/mine:latest");
    EXPECT_EQ(local_image_name("quay.io/org/mine:1"), "quay.io/org/mine:1");
    EXPECT_EQ(local_image_name("127.0.0.1:5000/mine"), "127.0.0.1:5000/mine:latest");
}

TEST(ImageName, WhatIsNoNameIsRefused) {
    const std::string digest = "sha256:" + std::string(64, 'a');
    for (const std::string& typed : {std::string(), std::string("host"), std::string("A"),
                                     std::string("a b"), std::string("../a"), "a@" + digest})
        EXPECT_THROW(local_image_name(typed), UsageError) << typed;
}

TEST(ImageName, PinnedImageIsCalledByItsDigest) {
    const std::string digest = "sha256:" + std::string(64, 'a');
    const auto name = [](const std::string& typed) {
        return pulled_image_name(registry::Reference::parse(typed));
    };
    EXPECT_EQ(name("debian"), "docker.io/library/debian:latest");
    EXPECT_EQ(name("debian@" + digest), "docker.io/library/debian@" + digest);
    EXPECT_EQ(name("debian:12@" + digest), "docker.io/library/debian@" + digest);
}

}  // namespace
}  // namespace mincs::marten
