// See verify_tree.hh. Each function here is the shadow of one in file_maker.cc or
// directory_cursor.cc, and is to be changed with it.
#include "libcore/layer/verify_tree.hh"

#include <algorithm>

#include "libcore/base/error.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/acl_xattr.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

mode_t type_bits(EntryType type) {
    switch (type) {
        case EntryType::kDirectory:
            return S_IFDIR;
        case EntryType::kSymlink:
            return S_IFLNK;
        case EntryType::kCharDevice:
            return S_IFCHR;
        case EntryType::kBlockDevice:
            return S_IFBLK;
        case EntryType::kFifo:
            return S_IFIFO;
        case EntryType::kFile:
        case EntryType::kHardLink:
            break;
    }
    return S_IFREG;
}

void set_xattr(ExpectedNode& node, const std::string& name, const std::string& value) {
    const auto place = std::lower_bound(
        node.xattrs.begin(), node.xattrs.end(), name,
        [](const Xattr& xattr, const std::string& key) { return xattr.name < key; });
    if (place != node.xattrs.end() && place->name == name)
        place->value = value;
    else
        node.xattrs.insert(place, {name, value});
}

void set_opaque(ExpectedNode& node) {
    set_xattr(node, fs::opaque_attribute(), std::string(kOpaqueValue));
}

/// FileMaker::apply_metadata.
void set_metadata(ExpectedNode& node, const TarEntry& entry) {
    node.mode = type_bits(entry.type) | entry.mode;
    node.uid = entry.uid;
    node.gid = entry.gid;
    node.modified = entry.modified;
    for (const Xattr& xattr : comparable_xattrs(entry.xattrs)) {
        set_xattr(node, xattr.name, xattr.value);
    }
    // The list is set after the mode and has the last word.
    for (const Xattr& xattr : entry.xattrs)
        if (const auto bits = mode_of_acl(xattr)) node.mode = (node.mode & ~0777u) | *bits;
}

[[noreturn]] void not_a_directory(const TarEntry& entry, std::string_view path) {
    refuse(entry, fmt::format("'{}' is not a directory", printable(path)));
}

/// FileMaker::make_directory.
std::shared_ptr<ExpectedNode> make_directory(ExpectedNode& parent, const std::string& name,
                                             const TarEntry& entry) {
    auto& place = parent.children[name];
    if (!place || !place->is_directory()) {
        const bool is_replacing_whiteout = place && place->is_whiteout();
        place = std::make_shared<ExpectedNode>();
        if (is_replacing_whiteout) set_opaque(*place);
    }
    set_metadata(*place, entry);
    return place;
}

/// FileMaker::make_whiteout.
void make_whiteout(ExpectedNode& parent, const std::string& name, const TarEntry& entry) {
    auto& place = parent.children[name];
    if (place) {
        if (place->is_directory()) set_opaque(*place);
        return;
    }
    place = std::make_shared<ExpectedNode>();
    place->mode = S_IFCHR;
    place->modified = entry.modified;
}

ExpectedNode node_on_disk(int directory, const std::string& name, const struct stat& status,
                          const std::string& path) {
    ExpectedNode node;
    node.mode = status.st_mode;
    const std::string proc_name = fs::proc_path(directory) + "/" + name;
    node.uid = status.st_uid;
    node.gid = status.st_gid;
    node.size = S_ISREG(status.st_mode) ? status.st_size : 0;
    node.modified = status.st_mtim;
    node.device = status.st_rdev;
    if (S_ISLNK(status.st_mode)) node.link_target = read_link(directory, name, path);
    node.xattrs = comparable_xattrs(read_xattrs(proc_name, path));
    return node;
}

/// Reads a directory's tree; two names of one inode become one node.
class DiskReader {
 public:
    void read(int directory, ExpectedNode& node, const std::string& path, std::size_t depth) {
        if (depth > kMaxDepth)
            throw Error("'{}': more than {} directories deep", printable(path), kMaxDepth);
        for (const std::string& name : sorted_names(directory, path)) {
            const std::string below = path.empty() ? name : path + "/" + name;
            struct stat status;
            check(stat_in_image(directory, name, status), "looking at '{}'", printable(below));
            auto& child = node.children[name];
            child = make(directory, name, status, below);
            if (!child->is_directory()) continue;
            const Fd next(check(
                openat(directory, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                "opening the directory '{}'", printable(below)));
            read(next.get(), *child, below, depth + 1);
        }
    }

 private:
    std::shared_ptr<ExpectedNode> make(int directory, const std::string& name,
                                       const struct stat& status, const std::string& path) {
        const bool may_be_known = !S_ISDIR(status.st_mode) && status.st_nlink > 1;
        if (may_be_known)
            if (const auto known = links_.find(status.st_ino); known != links_.end())
                return known->second;
        auto node = std::make_shared<ExpectedNode>(node_on_disk(directory, name, status, path));
        if (may_be_known) links_.emplace(status.st_ino, node);
        return node;
    }

    std::map<ino_t, std::shared_ptr<ExpectedNode>> links_;
};

}  // namespace

bool ExpectedNode::is_opaque() const {
    return std::any_of(xattrs.begin(), xattrs.end(),
                       [](const Xattr& xattr) { return xattr.name == fs::opaque_attribute(); });
}

std::vector<Xattr> comparable_xattrs(std::vector<Xattr> xattrs) {
    std::erase_if(xattrs, [](const Xattr& xattr) { return is_dispensable(xattr.name); });
    for (Xattr& xattr : xattrs) normalise_acl(xattr);
    std::erase_if(xattrs, [](const Xattr& xattr) { return is_mode_as_acl(xattr); });
    return xattrs;
}

ExpectedTree::ExpectedTree() : root_(std::make_shared<ExpectedNode>()) {
    set_metadata(*root_, implied_directory("./"));
}

ExpectedTree ExpectedTree::read(const fs::RootDir& directory) {
    ExpectedTree tree;
    const Fd root = directory.open_at(".", O_PATH | O_DIRECTORY);
    struct stat status;
    check(stat_in_image(root.get(), ".", status), "looking at {}", directory.name());
    *tree.root_ = node_on_disk(root.get(), ".", status, "");
    DiskReader().read(root.get(), *tree.root_, "", 0);
    return tree;
}

ExpectedNode* ExpectedTree::add(const TarEntry& entry) {
    const EntryName name = read_name(entry);
    if (name.meaning == NameMeaning::kIgnored) return nullptr;
    ExpectedNode& parent = enter(entry, name.path.parent);
    switch (name.meaning) {
        case NameMeaning::kRoot:
            set_metadata(*root_, entry);
            break;
        case NameMeaning::kOpaque:
            set_opaque(parent);
            break;
        case NameMeaning::kWhiteout:
            make_whiteout(parent, name.path.leaf, entry);
            break;
        case NameMeaning::kEntry:
            return make(entry, parent, name.path.leaf).get();
        case NameMeaning::kIgnored:
            break;
    }
    return nullptr;
}

/// DirectoryCursor::enter.
ExpectedNode& ExpectedTree::enter(const TarEntry& entry, const std::string& path) {
    if (const auto last = last_.lock(); last && path == last_path_) return *last;
    NodePtr node = root_;
    for (std::size_t at = 0; at < path.size();) {
        const std::size_t end = std::min(path.find('/', at), path.size());
        const std::string name = path.substr(at, end - at);
        const auto found = node->children.find(name);
        const bool is_free = found == node->children.end() || found->second->is_whiteout();
        if (!is_free && !found->second->is_directory())
            not_a_directory(entry, std::string_view(path).substr(0, end));
        node = is_free ? make_directory(*node, name, implied_directory(name)) : found->second;
        at = end + 1;
    }
    last_path_ = path;
    last_ = node;
    return *node;
}

/// FileMaker::make_…; what is of a file, the node.
std::shared_ptr<ExpectedNode> ExpectedTree::make(const TarEntry& entry, ExpectedNode& parent,
                                                 const std::string& name) {
    if (entry.type == EntryType::kDirectory) {
        make_directory(parent, name, entry);
        return nullptr;
    }
    if (entry.type == EntryType::kHardLink) {
        make_hard_link(entry, parent, name);
        return nullptr;
    }
    auto node = std::make_shared<ExpectedNode>();
    set_metadata(*node, entry);
    node->size = entry.type == EntryType::kFile ? entry.size : 0;
    node->device = entry.device;
    if (entry.type == EntryType::kSymlink) node->link_target = entry.link_target;
    parent.children[name] = node;
    return entry.type == EntryType::kFile ? node : nullptr;
}

void ExpectedTree::make_hard_link(const TarEntry& entry, ExpectedNode& parent,
                                  const std::string& name) {
    const NodePtr* target = find(hard_link_target(entry));
    if (!target || (*target)->is_directory() || (*target)->is_whiteout())
        refuse(entry, fmt::format("its hard link's target '{}' is no file of this layer",
                                  printable(entry.link_target)));
    const NodePtr kept = *target;
    parent.children[name] = kept;
}

const ExpectedTree::NodePtr* ExpectedTree::find(const EntryPath& path) const {
    const NodePtr* node = &root_;
    const std::string whole = path.parent.empty() ? path.leaf : path.parent + "/" + path.leaf;
    for (std::size_t at = 0; at < whole.size();) {
        const std::size_t end = std::min(whole.find('/', at), whole.size());
        const auto found = (*node)->children.find(whole.substr(at, end - at));
        if (found == (*node)->children.end()) return nullptr;
        node = &found->second;
        at = end + 1;
    }
    return node;
}

}  // namespace mincs::layer
