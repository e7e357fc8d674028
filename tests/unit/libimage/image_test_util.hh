// What the tests of libimage share: images made on the fly, as a layout's files, as a tar of them,
// and as a docker-archive.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libimage/archive.hh"
#include "libimage/documents.hh"
#include "libimage/members.hh"
#include "tests/support/error_of.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::image {

using test::error_of;
using test::TarBuilder;
using test::TarItem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Files by their names in a layout or archive.
using Files = std::map<std::string, std::string>;

inline Descriptor describe(std::string_view data, std::string media_type) {
    Descriptor descriptor;
    descriptor.media_type = std::move(media_type);
    descriptor.digest = Digest::of(data);
    descriptor.size = static_cast<std::int64_t>(data.size());
    return descriptor;
}

/// Adds a blob and describes it.
Descriptor add_blob(Files& files, const std::string& data, std::string media_type);
/// Adds an image of one layer whose bytes are `layer` (gzip in the manifest's words); describes its
/// manifest.
Descriptor add_image(Files& files, const std::string& layer);
std::string index_of(const std::vector<Descriptor>& manifests);
/// Adds "oci-layout" and an index.json with these entries, each a descriptor and its annotations
/// (JSON, maybe empty).
void add_index(Files& files, const std::vector<std::pair<Descriptor, std::string>>& entries);
std::string annotations(const std::string& image_name, const std::string& ref_name);
/// A layout of one image, "localhost/one:latest".
Files one_image_layout(const std::string& layer = "the layer");

std::string tar_of(const Files& files);
void write_files(const std::filesystem::path& directory, const Files& files);
/// A config that names these layers.
std::string config_of(const std::vector<std::string>& plain_layers);

Fd file_with(std::string_view bytes);
std::shared_ptr<const Members> members_of(std::string_view tar);
std::string fetch(Source& source, const Descriptor& descriptor);

}  // namespace mincs::image
