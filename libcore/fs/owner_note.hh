// Owners that have no number here. Who is lent no IDs has one user and one group in his user
// namespace (user_namespaces(7)), so all that is unpacked is his. Whose it is in its image stands
// beside it in an attribute, and everything that reads a tree asks here: a layer's tar is the same
// again, and a proof holds.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mincs::fs {

/// Numbers as the image has them.
struct Owner {
    uid_t uid = 0;
    gid_t gid = 0;
    bool operator==(const Owner&) const = default;
    bool is_root() const { return uid == 0 && gid == 0; }
};

/// The attribute: "UID:GID", decimal. Only files and directories can bear one (xattr(7)); what else
/// there is has its image's owner in the layer's tar alone. The field's own,
/// user.containers.override_stat, says the mode as well, which here the file itself says.
inline constexpr const char* kOwnerNote = "user.mincs.owner";

/// Whether this process has one user only, and so keeps notes. Where it has more, a number that is
/// missing stays an error: with another in its place a setuid program would be that one's. Asked
/// once.
bool notes_owners();

/// Whether the note of such a thing can be kept.
inline bool can_bear_note(mode_t mode) {
    return S_ISREG(mode) || S_ISDIR(mode);
}

/// Nothing where the text is no note.
std::optional<Owner> parse_owner_note(std::string_view text);
std::string owner_note(const Owner& owner);

/// How many users a text like /proc/self/uid_map's maps; for tests.
std::uint64_t mapped_ids(std::string_view uid_map);

/// The noted owner, else the one the file has. `path` is not followed at its end; through an O_PATH
/// descriptor by proc_path(). Throws SysError naming the path.
Owner owner_of(const std::string& path, const struct stat& status);

/// The same of what a descriptor of any kind is open on.
Owner owner_of_open(int fd, const struct stat& status);

/// Notes the owner, or takes the note away where it is root. Of a file or directory by any path
/// that may be followed; throws SysError.
void note_owner(const std::string& path, const Owner& owner);

}  // namespace mincs::fs
