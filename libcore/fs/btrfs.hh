// Snapshots of btrfs subvolumes: a tree as it is at one instant, for nothing.
#pragma once

#include <optional>
#include <string>

#include "libcore/base/fd.hh"

namespace mincs::fs {

/// A snapshot of a subvolume; goes when its owner goes. It is not read-only, as what a killed
/// process leaves could then not be deleted like other directories.
class BtrfsSnapshot {
 public:
    /// Of the subvolume whose root `subvolume` is, as the new directory `name` of `parent`. Nothing
    /// where that cannot be: it is no such root, or `parent` lies on another file system.
    static std::optional<BtrfsSnapshot> make(int subvolume, const std::string& parent,
                                             const std::string& name);
    BtrfsSnapshot(BtrfsSnapshot&&) = default;
    ~BtrfsSnapshot();

    std::string path() const { return parent_ + "/" + name_; }

 private:
    BtrfsSnapshot(Fd directory, std::string parent, std::string name)
        : directory_(std::move(directory)), parent_(std::move(parent)), name_(std::move(name)) {}
    Fd directory_;  ///< of `parent`
    std::string parent_;
    std::string name_;
};

}  // namespace mincs::fs
