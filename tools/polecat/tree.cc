// See tree.hh.
#include "tools/polecat/tree.hh"

#include <limits.h>

#include <filesystem>

#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kMaxText = 64u << 20;

bool means_not_there(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG ||
           code == EACCES || code == EINVAL;
}

/// An ordinary user sees a noted owner's file as root's, and one who has no number in his namespace
/// (the host's root, mostly) as nobody's: that one becomes root, without the powers of setuid.
void put_owner_back(int fd, struct stat& info) {
    constexpr uid_t kOverflow = 65534;  // /proc/sys/kernel/overflowuid, overflowgid
    const fs::Owner owner = fs::owner_of_open(fd, info);
    if (owner.uid == kOverflow || owner.gid == kOverflow) info.st_mode &= ~06000u;
    info.st_uid = owner.uid == kOverflow ? 0 : owner.uid;
    info.st_gid = owner.gid == kOverflow ? 0 : owner.gid;
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
        if (!fs::in_first_user_namespace()) put_owner_back(fd.get(), info);
        if (root.owners())
            root.owners()->put_back(std::filesystem::path(path).relative_path().native(), info);
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

bool is_at_or_below(std::string_view path, std::string_view directory) {
    if (directory == "/") return true;
    return path.starts_with(directory) &&
           (path.size() == directory.size() || path[directory.size()] == '/');
}

}  // namespace mincs::polecat
