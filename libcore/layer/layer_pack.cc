// See layer_pack.hh. Walks by descriptor, one name at a time, and never through a link: the tree is
// nobody's friend. Whoever changes it meanwhile gets an error or an older file, never another
// tree's.
#include "libcore/layer/layer_pack.hh"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/directory_cursor.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/file_maker.hh"
#include "libcore/layer/mount_mark.hh"
#include "libcore/layer/tar_writer.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// Takes overlayfs's own attributes out; true where they say that the directory is opaque.
bool take_overlay_xattrs(std::vector<Xattr>& xattrs, const std::string& path) {
    bool is_opaque = false;
    for (const Xattr& xattr : xattrs) {
        is_opaque |= xattr.name == fs::opaque_attribute() && xattr.value == kOpaqueValue;
        // Such a file's content, or such a directory's, is elsewhere: the layer would lack it.
        if (xattr.name.ends_with("overlay.redirect") || xattr.name.ends_with("overlay.metacopy"))
            throw Error("'{}' carries '{}': only overlayfs itself knows what belongs there",
                        printable(path), xattr.name);
    }
    std::erase_if(xattrs, [](const Xattr& xattr) { return is_overlay_xattr(xattr.name); });
    return is_opaque;
}

/// What of a sparse file is data; empty: all of it (the usual case, told without a call by its
/// blocks).
std::vector<DataRange> data_ranges(int fd, const struct stat& status) {
    std::vector<DataRange> ranges;
    if (status.st_blocks * 512 >= status.st_size) return ranges;
    off_t end = 0;
    while (end < status.st_size) {
        const off_t data = lseek(fd, end, SEEK_DATA);
        if (data < 0 || data >= status.st_size) break;  // ENXIO: the rest is a hole
        end = std::min<off_t>(lseek(fd, data, SEEK_HOLE), status.st_size);
        if (end <= data) break;
        ranges.push_back({data, end - data});
    }
    const bool is_whole = ranges.size() == 1 && ranges[0].length == status.st_size;
    if (is_whole) return {};
    // A file that is one hole: said by an empty range at its end.
    if (ranges.empty()) ranges.push_back({status.st_size, 0});
    return ranges;
}

/// What an entry that is removed or replaced meanwhile makes of a system call.
bool is_change(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ESTALE || code == EINVAL ||
           code == ENXIO;
}

class Packer {
 public:
    Packer(const fs::RootDir& tree, const TarSink& sink, const PackOptions& options)
        : options_(options),
          owners_(options.only.empty() ? tree.owners() : nullptr),
          root_(tree.open_at(".", O_RDONLY | O_DIRECTORY)),
          sink_([this, &sink](std::string_view bytes) {
              hasher_.update(bytes);
              result_.tar_bytes += static_cast<std::int64_t>(bytes.size());
              sink(bytes);
          }),
          writer_(sink_),
          buffer_(256u << 10) {}

    PackResult run();

 private:
    struct Found {
        int parent;
        std::string name;
        std::string path;  ///< relative to the root, without "./"
        struct stat status;
    };

    bool is_excluded(const std::string& path) const;
    std::vector<std::string> changed_names(const std::string& prefix) const;
    timespec limited(timespec time) const {
        return options_.latest && time.tv_sec >= *options_.latest ? timespec{*options_.latest, 0}
                                                                  : time;
    }
    TarEntry describe_entry(const Found& found) const;
    void pack_directory(int directory, const std::string& path, const TarEntry& entry, int depth);
    void pack_live_entry(Found& found, int depth);
    void pack_entry(Found& found, int depth);
    void pack_subdirectory(const Found& found, TarEntry& entry, int depth);
    void pack_file(const Found& found, TarEntry& entry);
    Fd reflink(int file);
    void copy_content(int fd, const Found& found);
    void fill_up(const Found& found, std::int64_t left);
    void pack_mark(const std::string& path, const timespec& modified);
    void add(const TarEntry& entry, const std::vector<DataRange>& data = {});

    const PackOptions& options_;
    const fs::StackedOwners* owners_;  ///< of a merged tree
    bool can_reflink_ = options_.reflinks_in != -1;
    Fd root_;
    dev_t device_ = 0;
    PackResult result_;
    Hasher hasher_;
    TarSink sink_;
    TarWriter writer_;
    std::vector<char> buffer_;
    /// The first name of every file that has several.
    std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
};

PackResult Packer::run() {
    Found root{root_.get(), ".", "", {}};
    check(stat_in_image(root_.get(), ".", root.status), "looking at the tree's root");
    device_ = root.status.st_dev;
    if (options_.only.empty()) {
        TarEntry entry = describe_entry(root);
        entry.type = EntryType::kDirectory;
        entry.path = "./";
        pack_directory(root_.get(), "", entry, 0);
    } else {
        Found top{root_.get(), options_.only, options_.only_as, {}};
        pack_entry(top, 0);
    }
    writer_.finish();
    result_.diff_id = hasher_.finish();
    return result_;
}

bool Packer::is_excluded(const std::string& path) const {
    return std::any_of(options_.exclude.begin(), options_.exclude.end(),
                       [&](std::string_view pattern) {
                           if (pattern.ends_with("/*"))
                               return path.starts_with(pattern.substr(0, pattern.size() - 1));
                           return path == pattern;
                       });
}

/// Names in a directory, which `prefix` says with a '/', that are among the changes.
std::vector<std::string> Packer::changed_names(const std::string& prefix) const {
    std::vector<std::string> names;
    for (auto it = options_.changes->lower_bound(prefix);
         it != options_.changes->end() && it->first.starts_with(prefix); ++it)
        if (it->first.size() > prefix.size() &&
            it->first.find('/', prefix.size()) == std::string::npos)
            names.push_back(it->first.substr(prefix.size()));
    return names;
}

void Packer::add(const TarEntry& entry, const std::vector<DataRange>& data) {
    writer_.begin(entry, data);
    ++result_.entries;
}

TarEntry Packer::describe_entry(const Found& found) const {
    TarEntry entry;
    entry.path = found.path;
    entry.mode = found.status.st_mode & 07777u;
    const std::string name = fs::proc_path(found.parent) + "/" + found.name;
    entry.uid = found.status.st_uid;
    entry.gid = found.status.st_gid;
    entry.modified = limited(found.status.st_mtim);
    entry.xattrs = read_xattrs(name, found.path);
    std::erase_if(entry.xattrs, [](const Xattr& xattr) {
        return is_host_only_xattr(xattr.name) || xattr.name == fs::mount_point_mark();
    });
    return entry;
}

/// A whiteout or an opaque marker: an empty file.
void Packer::pack_mark(const std::string& path, const timespec& modified) {
    TarEntry mark;
    mark.path = path;
    mark.modified = modified;
    add(mark);
}

void Packer::pack_directory(int directory, const std::string& path, const TarEntry& from,
                            int depth) {
    if (depth > static_cast<int>(kMaxDepth))
        throw Error("'{}': more than {} directories deep", printable(path.substr(0, 300)),
                    kMaxDepth);
    TarEntry entry = from;
    const bool is_opaque = take_overlay_xattrs(entry.xattrs, path);
    const std::string prefix = path.empty() ? "" : path + "/";
    const std::vector<std::string> names =
        options_.changes ? changed_names(prefix) : sorted_names(directory, path);
    add(entry);
    if (is_opaque && !options_.is_merged)
        pack_mark(prefix + std::string(kOpaqueMarker), entry.modified);
    for (const std::string& name : names) {
        Found found{directory, name, prefix + name, {}};
        if (is_excluded(found.path)) continue;
        if (options_.changes && options_.changes->at(found.path))
            pack_mark(prefix + std::string(kWhiteoutPrefix) + name, entry.modified);
        else if (options_.live)
            pack_live_entry(found, depth);
        else
            pack_entry(found, depth);
    }
}

/// What somebody removes, or replaces again and again, before its header is written is passed over.
void Packer::pack_live_entry(Found& found, int depth) {
    constexpr int kTries = 4;
    for (int i = 0; i < kTries; ++i) {
        const std::int64_t entries = result_.entries;
        try {
            return pack_entry(found, depth);
        } catch (const SysError& error) {
            if (result_.entries != entries || !is_change(error.code())) throw;
        }
    }
    ++result_.changed;
}

void Packer::pack_entry(Found& found, int depth) {
    check(stat_in_image(found.parent, found.name, found.status), "looking at '{}'",
          printable(found.path));
    if (owners_) owners_->put_back(found.path, found.status);
    if ((options_.is_upper || options_.is_merged) &&
        is_bare_mount_point(found.parent, found.name, found.status))
        return;
    if (is_whiteout(found.status)) {
        if (options_.is_merged) return;
        const std::size_t leaf = found.path.size() - found.name.size();
        pack_mark(found.path.substr(0, leaf) + std::string(kWhiteoutPrefix) + found.name,
                  limited(found.status.st_mtim));
        return;
    }
    if (!options_.is_plain && found.name.starts_with(kWhiteoutPrefix))
        throw Error("'{}': in a layer this name would mean a deleted file", printable(found.path));
    if (S_ISSOCK(found.status.st_mode)) return;  // only its process could give it meaning
    TarEntry entry = describe_entry(found);
    if (S_ISDIR(found.status.st_mode)) return pack_subdirectory(found, entry, depth);
    take_overlay_xattrs(entry.xattrs, found.path);
    if (found.status.st_nlink == 1) return pack_file(found, entry);
    const std::pair file(found.status.st_dev, found.status.st_ino);
    if (const auto first = first_names_.find(file); first != first_names_.end()) {
        entry.type = EntryType::kHardLink;
        entry.link_target = first->second;
        entry.xattrs.clear();
        return add(entry);
    }
    pack_file(found, entry);
    first_names_.emplace(file, found.path);
}

void Packer::pack_subdirectory(const Found& found, TarEntry& entry, int depth) {
    entry.type = EntryType::kDirectory;
    entry.path += "/";
    if (options_.one_file_system && found.status.st_dev != device_) return add(entry);
    const Fd directory(check(
        openat(found.parent, found.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
        "opening '{}'", printable(found.path)));
    pack_directory(directory.get(), found.path, entry, depth + 1);
}

/// Everything that is no directory and no second name.
void Packer::pack_file(const Found& found, TarEntry& entry) {
    const mode_t mode = found.status.st_mode;
    entry.device = found.status.st_rdev;
    if (S_ISLNK(mode)) {
        entry.type = EntryType::kSymlink;
        entry.link_target = read_link(found.parent, found.name, found.path);
    } else if (S_ISCHR(mode)) {
        entry.type = EntryType::kCharDevice;
    } else if (S_ISBLK(mode)) {
        entry.type = EntryType::kBlockDevice;
    } else if (S_ISFIFO(mode)) {
        entry.type = EntryType::kFifo;
    }
    if (!S_ISREG(mode)) return add(entry);
    // O_NONBLOCK: were it replaced by a fifo since, opening would wait for a writer.
    const Fd file(check(
        openat(found.parent, found.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC),
        "opening '{}'", printable(found.path)));
    struct stat now;
    check(fstat(file.get(), &now), "looking at '{}'", printable(found.path));
    if (now.st_ino != found.status.st_ino || now.st_dev != found.status.st_dev)
        throw SysError(ESTALE, "'{}' was replaced while it was read", printable(found.path));
    const Fd frozen = reflink(file.get());
    Found content = found;
    if (frozen) {
        check(fstat(frozen.get(), &now), "looking at '{}'", printable(found.path));
        content.status.st_size = now.st_size;
        content.status.st_blocks = now.st_blocks;
    }
    const int source = frozen ? frozen.get() : file.get();
    entry.size = content.status.st_size;
    add(entry, data_ranges(source, content.status));
    copy_content(source, content);
    result_.bytes += content.status.st_size;
}

/// Nothing where that cannot be.
Fd Packer::reflink(int file) {
    if (!can_reflink_) return {};
    Fd copy(openat(options_.reflinks_in, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (copy && ioctl(copy.get(), FICLONE, file) == 0) {
        ++result_.reflinked;
        return copy;
    }
    // Others fail for this file alone: a swap file, say.
    can_reflink_ = errno != EOPNOTSUPP && errno != EXDEV && errno != ENOTTY;
    return {};
}

void Packer::copy_content(int fd, const Found& found) {
    check(lseek(fd, 0, SEEK_SET), "reading '{}'", printable(found.path));
    for (std::int64_t left = found.status.st_size; left > 0;) {
        const auto want = std::min<std::int64_t>(left, static_cast<std::int64_t>(buffer_.size()));
        const ssize_t got = read(fd, buffer_.data(), static_cast<std::size_t>(want));
        if (got < 0 && errno == EINTR) continue;
        check(got, "reading '{}'", printable(found.path));
        if (got == 0) return fill_up(found, left);
        writer_.write(std::string_view(buffer_.data(), static_cast<std::size_t>(got)));
        left -= got;
    }
}

/// The header has told the file's size already.
void Packer::fill_up(const Found& found, std::int64_t left) {
    if (!options_.live) throw Error("'{}' became shorter while it was read", printable(found.path));
    ++result_.changed;
    std::fill(buffer_.begin(), buffer_.end(), '\0');
    for (; left > 0; left -= static_cast<std::int64_t>(buffer_.size()))
        writer_.write(std::string_view(buffer_.data(),
                                       static_cast<std::size_t>(std::min<std::int64_t>(
                                           left, static_cast<std::int64_t>(buffer_.size())))));
}

}  // namespace

PackResult write_layer_tar(const fs::RootDir& tree, const TarSink& sink,
                           const PackOptions& options) {
    return Packer(tree, sink, options).run();
}

}  // namespace mincs::layer
