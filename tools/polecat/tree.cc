// See tree.hh.
#include "tools/polecat/tree.hh"

#include <dirent.h>
#include <limits.h>

#include <algorithm>
#include <memory>

namespace mincs::polecat {
namespace {

constexpr std::size_t kMaxText = 64u << 20;

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};

bool means_not_there(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG ||
           code == EACCES || code == EINVAL;
}

}  // namespace

std::optional<Fd> open_if_usable(const fs::RootDir& root, std::string_view path, int flags) {
    try {
        return root.open_if_exists(path, flags);
    } catch (const SysError& error) {
        if (means_not_there(error.code())) return std::nullopt;
        throw;
    }
}

std::optional<struct stat> stat_regular(const fs::RootDir& root, std::string_view path) {
    const auto fd = open_if_usable(root, path, O_PATH);
    struct stat info;
    if (!fd || fstat(fd->get(), &info) == -1 || !S_ISREG(info.st_mode)) return std::nullopt;
    return info;
}

std::optional<Fd> open_regular(const fs::RootDir& root, std::string_view path) {
    if (!stat_regular(root, path)) return std::nullopt;
    return open_if_usable(root, path, O_RDONLY | O_NONBLOCK);
}

std::optional<std::string> read_text(const fs::RootDir& root, std::string_view path) {
    const auto info = stat_regular(root, path);
    const auto fd = info ? open_regular(root, path) : std::nullopt;
    if (!fd || info->st_size > static_cast<off_t>(kMaxText)) return std::nullopt;
    return read_all(fd->get(), kMaxText, path);
}

std::optional<struct stat> stat_entry(const fs::RootDir& root, const std::string& path) {
    try {
        const Fd fd = root.open_no_links(path, O_PATH | O_NOFOLLOW);
        struct stat info;
        check(fstat(fd.get(), &info), "examining '{}'", printable(path));
        return info;
    } catch (const SysError& error) {
        if (means_not_there(error.code())) return std::nullopt;
        throw;
    }
}

std::string read_link_target(const fs::RootDir& root, const std::string& path) {
    const Fd fd = root.open_no_links(path, O_PATH | O_NOFOLLOW);
    char buffer[PATH_MAX];
    const ssize_t size = check(readlinkat(fd.get(), "", buffer, sizeof buffer),
                               "reading the link '{}'", printable(path));
    return std::string(buffer, static_cast<std::size_t>(size));
}

std::vector<std::string> list_directory(Fd directory, const std::string& path) {
    const std::unique_ptr<DIR, CloseDir> dir(fdopendir(directory.get()));
    if (!dir) throw SysError(errno, "reading the directory '{}'", printable(path));
    directory.release();
    std::vector<std::string> names;
    while (const dirent* entry = readdir(dir.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool is_at_or_below(std::string_view path, std::string_view directory) {
    if (directory == "/") return true;
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace mincs::polecat
