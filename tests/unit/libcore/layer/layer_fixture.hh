// A place to unpack layers to, with a canary beside it that no layer may reach.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <string>

#include "libcore/base/files.hh"
#include "libcore/layer/layer_apply.hh"
#include "libcore/layer/layer_pack.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::layer {

/// A source that hands `bytes` out in pieces; both must outlive it.
inline TarSource source_of(std::string_view bytes, std::size_t piece = 65536) {
    return [rest = bytes, piece]() mutable {
        const std::string_view next = rest.substr(0, piece);
        rest.remove_prefix(next.size());
        return next;
    };
}

class LayerTest : public testing::Test {
 protected:
    LayerTest() {
        mkdir(path("").c_str(), 0755);
        write_file_atomic(outside(), "canary");
    }
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
    }
    void TearDown() override {
        EXPECT_EQ(read_file(outside()), "canary");
        struct stat status;
        ASSERT_EQ(stat(outside().c_str(), &status), 0);
        EXPECT_EQ(status.st_nlink, 1u) << "a hard link left the layer";
        EXPECT_EQ(status.st_mode & 07777u, 0644u);
    }

    /// On the host: of a file in the layer, and of the canary next to the layer.
    std::string path(const std::string& name) const { return temp_.path() / "layer" / name; }
    std::string outside() const { return temp_.path() / "outside"; }

    ApplyResult apply(const std::string& tar, const ApplyLimits& limits = {}) const {
        return apply_layer(source_of(tar), fs::RootDir::open(path("")), limits);
    }
    ApplyResult apply(const test::TarBuilder& builder) const { return apply(builder.bytes()); }

    /// What apply_layer says when it refuses; fails the test where it does not.
    std::string refusal(const std::string& tar, const ApplyLimits& limits = {}) const {
        try {
            apply(tar, limits);
        } catch (const Error& error) {
            return error.what();
        }
        ADD_FAILURE() << "the layer was accepted";
        return "";
    }
    std::string refusal(const test::TarBuilder& builder) const { return refusal(builder.bytes()); }

    struct stat status(const std::string& name) const {
        struct stat found = {};
        EXPECT_EQ(lstat(path(name).c_str(), &found), 0) << name;
        return found;
    }
    bool exists(const std::string& name) const {
        struct stat found;
        return lstat(path(name).c_str(), &found) == 0;
    }
    bool is_whiteout(const std::string& name) const {
        struct stat found;
        return lstat(path(name).c_str(), &found) == 0 && S_ISCHR(found.st_mode) &&
               found.st_rdev == makedev(0, 0);
    }
    /// "(none)" where there is no such attribute.
    std::string xattr(const std::string& name, const char* attribute) const {
        char value[1000];
        const ssize_t size = lgetxattr(path(name).c_str(), attribute, value, sizeof value);
        return size < 0 ? "(none)" : std::string(value, static_cast<std::size_t>(size));
    }
    bool is_opaque(const std::string& name) const {
        return xattr(name, "trusted.overlay.opaque") == "y";
    }

    TempDir temp_;
};

}  // namespace mincs::layer
