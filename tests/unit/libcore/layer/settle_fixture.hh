// Layers on top of others, as a pull stacks them, and what a container would see.
#pragma once

#include <sys/xattr.h>

#include <filesystem>

#include "libcore/fs/merged.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/implied_mark.hh"
#include "libcore/layer/settle.hh"
#include "tests/unit/libcore/layer/layer_fixture.hh"

namespace mincs::layer {

class SettleTest : public LayerTest {
 protected:
    std::string directory_of(std::size_t number) const {
        return temp_.path() / fmt::format("stack-{}", number);
    }

    /// Unpacks one more layer on top and settles it.
    LayerNotes push(const test::TarBuilder& builder) {
        const std::string directory = directory_of(lower_.size());
        mkdir(directory.c_str(), 0755);
        ApplyLimits limits;
        std::atomic<std::int64_t> room = 1 << 20;
        limits.notes = &room;
        const auto layer = fs::RootDir::open(directory);
        const std::string tar = builder.bytes();
        ApplyResult result = apply_layer(source_of(tar), layer, limits);
        const LayerNotes notes = result.notes;
        if (lower_.empty()) {
            settle_layer(layer, nullptr, result, limits);
        } else {
            const fs::RootDir below = fs::open_merged(lower_, "the layers below");
            settle_layer(layer, &below, result, limits);
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
            EXPECT_EQ(lgetxattr(entry.path().c_str(), fs::implied_mark(), nullptr, 0), -1)
                << entry.path() << " is still marked";
        lower_.insert(lower_.begin(), directory);
        last_ = std::move(result);
        return notes;
    }
    std::string refusal_of(const test::TarBuilder& builder) {
        try {
            push(builder);
        } catch (const Error& error) {
            return error.what();
        }
        ADD_FAILURE() << "the layer was accepted";
        return "";
    }

    fs::RootDir merged() const { return fs::open_merged(lower_, "the stack"); }
    std::string content(const std::string& name) const {
        return merged().read_file_if_exists(name).value_or("(nothing)");
    }
    /// Without following a link at the end.
    struct stat status(const std::string& name) const {
        struct stat info = {};
        fstatat(merged().open_no_links(".", O_PATH | O_DIRECTORY).get(), name.c_str(), &info,
                AT_SYMLINK_NOFOLLOW);
        return info;
    }
    bool is_link(const std::string& name) const { return S_ISLNK(status(name).st_mode); }
    bool is_directory(const std::string& name) const { return S_ISDIR(status(name).st_mode); }
    /// In the topmost layer alone.
    bool in_top(const std::string& name) const {
        struct stat info;
        return lstat((lower_.front() + "/" + name).c_str(), &info) == 0;
    }

    std::vector<std::string> lower_;  ///< topmost first
    ApplyResult last_;                ///< of the topmost
};

inline test::TarBuilder usr_merged() {
    test::TarBuilder builder;
    builder.directory("usr")
        .directory("usr/bin")
        .file("usr/bin/old", "old")
        .symlink("bin", "usr/bin");
    return builder;
}

}  // namespace mincs::layer
