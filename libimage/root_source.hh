// The tar of a root as a source of one image with one layer: the tar itself, compressed as it came.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "libimage/archive.hh"
#include "libimage/source.hh"

namespace mincs::image {

/// The configuration's JSON of an image of this one layer.
using ConfigMaker = std::function<std::string(const Digest& diff_id)>;

class RootSource : public Source {
 public:
    /// Reads the tar once, to learn its digests. Throws Error where it is compressed in a way that
    /// layers are not (bzip2, xz).
    RootSource(RootTar tar, const ConfigMaker& make_config, const std::atomic<bool>* cancelled);
    const std::string& name() const override { return tar_.name; }
    std::vector<OfferedImage> images() override { return {{{}, manifest_}}; }
    Document fetch_document(const Descriptor& descriptor) override;
    void fetch_blob(const Descriptor& descriptor, const BlobSink& sink) override;

 private:
    RootTar tar_;
    Member whole_;
    std::string config_;
    Descriptor config_descriptor_;
    Document manifest_;
};

/// All of a regular file.
Member whole_file(int fd);

}  // namespace mincs::image
