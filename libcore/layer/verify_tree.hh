// What a layer's directory must look like, imagined in memory from its tar by the rules that
// layer_apply and file_maker follow on disk: a later entry replaces an earlier one, a directory
// over a directory keeps what is in it, a whiteout over a directory makes it opaque. No content is
// kept, so an entry costs some 300 bytes whatever its size.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "libcore/layer/entry_name.hh"

namespace mincs::layer {

/// One file, directory, link, device or whiteout. Two names of one node are hard links.
struct ExpectedNode {
    mode_t mode = 0;  ///< as st_mode, type included
    uid_t uid = 0;
    gid_t gid = 0;
    std::int64_t size = 0;  ///< of a file
    timespec modified = {};
    dev_t device = 0;
    std::string link_target;
    std::vector<Xattr> xattrs;  ///< as the kernel hands them back, ascending by name
    std::map<std::string, std::shared_ptr<ExpectedNode>, std::less<>> children;

    /// Of a file whose content was compared as it streamed by: the file on disk that it was
    /// compared with, and whether it was the same.
    ino_t compared_with = 0;
    bool same_content = false;

    bool is_directory() const { return S_ISDIR(mode); }
    bool is_whiteout() const { return S_ISCHR(mode) && device == 0; }
    bool is_opaque() const;
};

class ExpectedTree {
 public:
    /// The root alone, as an implied directory.
    ExpectedTree();
    /// A directory's tree as it is on disk. Throws SysError.
    static ExpectedTree read(const fs::RootDir& directory);

    /// Does what layer_apply does with the entry, and throws what it throws. The node whose content
    /// follows in the tar, where it is a file; else null.
    ExpectedNode* add(const TarEntry& entry);

    const ExpectedNode& root() const { return *root_; }

 private:
    using NodePtr = std::shared_ptr<ExpectedNode>;

    ExpectedNode& enter(const TarEntry& entry, const std::string& path);
    NodePtr make(const TarEntry& entry, ExpectedNode& parent, const std::string& name);
    void make_hard_link(const TarEntry& entry, ExpectedNode& parent, const std::string& name);
    const NodePtr* find(const EntryPath& path) const;

    NodePtr root_;
    /// Where the last entry went: tars list a directory's entries together.
    std::string last_path_;
    std::weak_ptr<ExpectedNode> last_;
};

/// Attributes as they come back from the disk: without those that are this machine's own, access
/// lists as the kernel rewrites them.
std::vector<Xattr> comparable_xattrs(std::vector<Xattr> xattrs);

}  // namespace mincs::layer
