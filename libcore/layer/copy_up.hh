// Brings things of the layers below into a layer, as overlayfs does when a container changes them:
// owner, mode, attributes, times and content stay as they are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "libcore/layer/disk_copy.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/stacked_view.hh"

namespace mincs::layer {

class CopyUp {
 public:
    /// `claim`: asked before a file's bytes are copied; may throw.
    CopyUp(const StackedView& view, std::function<void(std::int64_t)> claim)
        : view_(view),
          maker_(view.layer(), FileMaker::Inheritance::kAssumed),
          claim_(std::move(claim)) {}

    /// The directory `path` in the layer, made where it is missing, with all on the way to it: like
    /// the one below where one is seen there, else as an implied one. Directories that take a
    /// whiteout's place are opaque.
    Fd make_directories(std::string_view path);
    /// Makes a directory of the layer like the one below.
    void take_metadata(const Seen& from, std::string_view to);
    /// Copies what is no directory to a place where nothing is.
    void copy(const Seen& from, const Place& to);
    /// Marks a directory of the layer.
    void make_opaque(std::string_view path);

 private:
    Fd make_directory(const Fd& parent, const std::string& name, std::string_view path);

    const StackedView& view_;
    FileMaker maker_;
    std::function<void(std::int64_t)> claim_;
};

}  // namespace mincs::layer
