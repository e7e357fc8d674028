// See verify.hh.
#include "libcore/layer/verify.hh"

#include <algorithm>
#include <optional>

#include "libcore/base/error.hh"
#include "libcore/layer/inflating_thread.hh"
#include "libcore/layer/verify_content.hh"

namespace mincs::layer {
namespace {

/// Directories of a layer by path, never through a link. Keeps the last: entries of one directory
/// come together.
class Directories {
 public:
    explicit Directories(const fs::RootDir& root) : root_(root) {}

    /// O_PATH; valid until the next call. -1 where there is no such directory.
    int find(std::string_view path) {
        if (path == path_ && last_) return last_->get();
        try {
            last_ = open(path);
        } catch (const SysError& error) {
            if (error.code() == EMFILE || error.code() == ENFILE || error.code() == ENOMEM) throw;
            last_.reset();
        }
        path_ = path;
        return last_ ? last_->get() : -1;
    }

 private:
    Fd open(std::string_view path) const {
        constexpr std::size_t kLongest = 3000;  // the kernel takes 4095 at once
        constexpr int kFlags = O_PATH | O_DIRECTORY;
        std::optional<fs::RootDir> base;
        while (path.size() > kLongest) {
            const std::string_view head = path.substr(0, path.rfind('/', kLongest));
            base.emplace((base ? *base : root_).open_no_links(head, kFlags), root_.name());
            path.remove_prefix(head.size() + 1);
        }
        return (base ? *base : root_).open_no_links(path, kFlags);
    }

    const fs::RootDir& root_;
    std::string path_;
    std::optional<Fd> last_;
};

class StreamVerifier {
 public:
    StreamVerifier(const TarSource& tar, const fs::RootDir& directory)
        : directory_(directory),
          reader_(tar, std::numeric_limits<std::int64_t>::max()),
          directories_(directory) {}

    LayerReport run() {
        LayerReport report;
        TarEntry entry;
        while (reader_.next(entry)) {
            ++report.counted.entries;
            if (entry.type == EntryType::kFile) report.counted.bytes += entry.size;
            if (ExpectedNode* node = tree_.add(entry)) compare_content(entry, *node);
        }
        reader_.drain();
        report.counted.opaque_root = tree_.root().is_opaque();
        report.differences = compare_with_disk(
            tree_, directory_, [](const ExpectedNode& node, const FoundEntry& found) {
                return node.same_content && node.compared_with == found.status.st_ino;
            });
        return report;
    }

 private:
    /// Against the file that has its name now. If that is not the one the node ends up with, as the
    /// name is replaced later or something else stands there, the walk will see it.
    void compare_content(const TarEntry& entry, ExpectedNode& node) {
        const EntryPath path = checked_path(entry, entry.path);
        const int directory = directories_.find(path.parent);
        if (directory < 0) return;
        struct stat status;
        if (fstatat(directory, path.leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode) || status.st_size != entry.size)
            return;
        const Fd file = open_to_compare(directory, path.leaf);
        if (!file) return;
        node.compared_with = status.st_ino;
        try {
            node.same_content = is_content(file.get(), reader_, entry.size);
        } catch (const SysError&) {
            // Unreadable here. Whatever failed of the stream fails at its next entry again.
        }
    }

    const fs::RootDir& directory_;
    TarReader reader_;
    Directories directories_;
    ExpectedTree tree_;
};

}  // namespace

LayerReport verify_layer(const TarSource& compressed, const Digest& diff_id,
                         const fs::RootDir& directory) {
    InflatingThread inflating(compressed);
    Hasher hasher(diff_id.algorithm());
    const TarSource plain = [&] {
        const std::string_view piece = inflating.pull();
        hasher.update(piece);
        return piece;
    };
    LayerReport report = StreamVerifier(plain, directory).run();
    if (const Digest found = hasher.finish(); found != diff_id)
        throw Error("its tar has the digest {} where the image's config says {}", found.to_string(),
                    diff_id.to_string());
    return report;
}

std::vector<Difference> compare_layers(const fs::RootDir& expected, const fs::RootDir& actual) {
    Directories directories(expected);
    return compare_with_disk(
        ExpectedTree::read(expected), actual,
        [&](const ExpectedNode& node, const FoundEntry& found) {
            const std::size_t slash = found.path.rfind('/');
            const int directory = directories.find(
                slash == std::string::npos ? std::string_view()
                                           : std::string_view(found.path).substr(0, slash));
            const Fd original = open_to_compare(directory, found.name);
            const Fd file = open_to_compare(found.directory, found.name);
            return original && file && are_same(file.get(), original.get(), node.size);
        });
}

}  // namespace mincs::layer
