// See owner_note.hh.
#include "libcore/fs/owner_note.hh"

#include <sys/xattr.h>

#include <charconv>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {
namespace {

/// Takes a number off the front.
template <typename Number>
std::optional<Number> take_number(std::string_view& text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// `get`: one of the getxattr family that takes a path.
template <typename Get>
Owner read_owner(const std::string& path, const struct stat& status, const Get& get) {
    const Owner own{status.st_uid, status.st_gid};
    if (!notes_owners() || !can_bear_note(status.st_mode)) return own;
    char text[32];
    const ssize_t size = get(path.c_str(), kOwnerNote, text, sizeof text);
    if (size == -1 && (errno == ENODATA || errno == ENOTSUP)) return own;
    if (size == -1 && errno != ERANGE)
        throw SysError(errno, "reading the owner noted at '{}'", printable(path));
    if (size == -1) return own;  // a container's root may write there what he likes
    return parse_owner_note(std::string_view(text, static_cast<std::size_t>(size))).value_or(own);
}

}  // namespace

std::uint64_t mapped_ids(std::string_view uid_map) {
    std::uint64_t sum = 0;
    while (!uid_map.empty()) {
        std::string_view line = uid_map.substr(0, uid_map.find('\n'));
        uid_map.remove_prefix(std::min(uid_map.size(), line.size() + 1));
        // "inside outside count", padded with blanks: the third is what is asked for.
        line.remove_prefix(std::min(line.size(), line.find_last_of(' ') + 1));
        sum += take_number<std::uint64_t>(line).value_or(0);
    }
    return sum;
}

bool notes_owners() {
    static const bool is_alone =
        !in_first_user_namespace() &&
        mapped_ids(read_file_if_exists("/proc/self/uid_map").value_or("")) == 1;
    return is_alone;
}

std::optional<Owner> parse_owner_note(std::string_view text) {
    const auto uid = take_number<uid_t>(text);
    if (!uid || !text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
    const auto gid = take_number<gid_t>(text);
    if (!gid || !text.empty()) return std::nullopt;
    return Owner{*uid, *gid};
}

std::string owner_note(const Owner& owner) {
    return fmt::format("{}:{}", owner.uid, owner.gid);
}

Owner owner_of(const std::string& path, const struct stat& status) {
    return read_owner(path, status, lgetxattr);
}

Owner owner_of_open(int fd, const struct stat& status) {
    return read_owner(proc_path(fd), status, getxattr);
}

void note_owner(const std::string& path, const Owner& owner) {
    if (owner.is_root()) {
        if (removexattr(path.c_str(), kOwnerNote) == 0 || errno == ENODATA || errno == ENOTSUP)
            return;
        throw SysError(errno, "removing the owner noted at '{}'", printable(path));
    }
    const std::string note = owner_note(owner);
    check(setxattr(path.c_str(), kOwnerNote, note.data(), note.size(), 0),
          "noting the owner of '{}'", printable(path));
}

}  // namespace mincs::fs
