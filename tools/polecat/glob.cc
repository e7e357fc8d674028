// See glob.hh.
#include "tools/polecat/glob.hh"

#include <fnmatch.h>

#include <algorithm>

#include "libcore/base/directory.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kMaxPaths = 1'000'000;

class Globber {
 public:
    Globber(const fs::RootDir& root, const std::string& pattern) : root_(root), pattern_(pattern) {}

    /// Matches the components in `rest` below the directory `base` ("" is the root).
    void match(const std::string& base, std::string_view rest) {
        while (rest.starts_with('/')) rest.remove_prefix(1);
        if (rest.empty()) return found(base.empty() ? "/" : base);
        if (rest == "**") return take_below(base);
        const std::size_t slash = rest.find('/');
        const std::string name(rest.substr(0, slash));
        const std::string_view after =
            slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
        if (!is_pattern(name)) {
            const std::string path = base + "/" + name;
            if (open_if_usable(root_, path, O_PATH | O_NOFOLLOW)) match(path, after);
            return;
        }
        for (const std::string& entry : list(base))
            if (fnmatch(name.c_str(), entry.c_str(), FNM_PERIOD) == 0)
                match(base + "/" + entry, after);
    }

    std::vector<std::string> take() {
        std::sort(paths_.begin(), paths_.end());
        return std::move(paths_);
    }

 private:
    std::vector<std::string> list(const std::string& directory) {
        auto fd =
            open_if_usable(root_, directory.empty() ? "/" : directory, O_RDONLY | O_DIRECTORY);
        return fd ? sorted_names(std::move(*fd), directory) : std::vector<std::string>();
    }

    void take_below(const std::string& directory) {
        for (const std::string& entry : list(directory)) {
            const std::string path = directory + "/" + entry;
            found(path);
            struct stat info;
            const auto fd = open_if_usable(root_, path, O_PATH | O_NOFOLLOW);
            if (fd && fstat(fd->get(), &info) == 0 && S_ISDIR(info.st_mode)) take_below(path);
        }
    }

    void found(const std::string& path) {
        if (paths_.size() >= kMaxPaths)
            throw Error("'{}' matches more than {} files of {}", printable(pattern_), kMaxPaths,
                        root_.name());
        paths_.push_back(path);
    }

    const fs::RootDir& root_;
    const std::string& pattern_;
    std::vector<std::string> paths_;
};

}  // namespace

std::vector<std::string> glob(const fs::RootDir& root, const std::string& pattern) {
    Globber globber(root, pattern);
    globber.match("", pattern);
    return globber.take();
}

std::vector<std::string> all_below(const fs::RootDir& root, const std::string& directory) {
    Globber globber(root, directory);
    globber.match(directory, "**");
    return globber.take();
}

bool is_pattern(std::string_view text) {
    return text.find_first_of("*?[") != std::string_view::npos;
}

bool matches(const std::string& pattern, const std::string& path) {
    return fnmatch(pattern.c_str(), path.c_str(), FNM_LEADING_DIR) == 0;
}

}  // namespace mincs::polecat
