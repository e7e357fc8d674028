// A store of its own for each test, below a temporary directory, and images made without any
// registry.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "db/containers.hh"
#include "db/record.hh"
#include "db/staging.hh"
#include "db/store.hh"
#include "db/sweep.hh"
#include "tests/support/error_of.hh"

namespace mincs::db {

using test::error_of;

class StoreTest : public testing::Test {
 protected:
    Layout layout() const { return Layout(directory_.path() / "store"); }
    Store open(Durability durability = Durability::kFast) const {
        return Store::open(layout(), durability);
    }

    /// A key or digest's hex made of one digit.
    static std::string hex(char digit) { return std::string(64, digit); }
    static Digest digest(char digit) { return Digest::parse("sha256:" + hex(digit)); }

    /// An image of one-file layers, one for each character of `layers`; its config differs by
    /// `name`.
    static NewImage make_image(Store& store, const Staging& staging, const std::string& name,
                               const std::string& layers) {
        NewImage image;
        if (!name.empty()) image.names = {name};
        image.config = "{\"of\":\"" + name + "\"}";
        image.manifest_digest = "sha256:" + hex('f');
        for (const char layer : layers) {
            image.layer_keys.push_back(hex(layer));
            if (has_layer(store, hex(layer))) continue;
            const auto staged = staging.path() / ("layer-" + std::string(1, layer));
            make_directories(staged);
            write_file_atomic(staged / "file", std::string(1, layer));
            image.layers.push_back({hex(layer), digest(layer), staged, 100, 1});
        }
        const auto blob = staging.path() / "config";
        write_file_atomic(blob, image.config);
        const auto size = static_cast<std::int64_t>(image.config.size());
        image.blobs.push_back({Digest::of(image.config), blob, size});
        return image;
    }
    static std::string record(Store& store, const std::string& name, const std::string& layers) {
        const Staging staging = Staging::create(store);
        return record_image(store, staging, make_image(store, staging, name, layers));
    }

    /// As marten rmi, with its files.
    static void remove(Store& store, const Image& image) {
        Trash trash(store);
        remove_image(store, image, trash);
    }
    static SweepResult sweep_everything(Store& store) {
        SweepOptions options;
        options.everything = true;
        return sweep(store, options);
    }

    static Container container(const std::string& name, const std::string& image_id = "") {
        Container made;
        made.id = new_container_id();
        made.name = name;
        made.image_id = image_id;
        made.root = "host";
        made.command = "true";
        made.created_at = 1;
        return made;
    }

    static std::size_t count(const std::filesystem::path& directory) {
        std::size_t entries = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory))
            ++entries;
        return entries;
    }

    TempDir directory_;
};

}  // namespace mincs::db
