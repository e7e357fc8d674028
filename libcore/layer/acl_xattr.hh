// POSIX access control lists as the kernel stores them: the xattrs system.posix_acl_access and
// system.posix_acl_default (linux/posix_acl_xattr.h). libarchive hands over ACLs parsed from
// SCHILY.acl.* headers; this is their binary form.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

struct archive_entry;

namespace mincs::layer {

struct Xattr;

/// Appends the entry's ACLs, if it has any. An ACL that names a user without a number is left out:
/// whose number that is only the image's own passwd could say.
void append_acl_xattrs(archive_entry* entry, std::vector<Xattr>& xattrs);

inline constexpr const char* kAccessAcl = "system.posix_acl_access";
inline constexpr const char* kDefaultAcl = "system.posix_acl_default";

/// The same of a file of a user to whom no IDs are lent (fs/owner_note.hh): the kernel takes no
/// list with numbers that his namespace does not have. Then it stands in one of these.
inline constexpr const char* kAccessAclNote = "user.mincs.posix_acl_access";
inline constexpr const char* kDefaultAclNote = "user.mincs.posix_acl_default";

/// The attribute in which such a list is kept; nothing for other attributes, and for lists that
/// name nobody.
const char* note_for_acl(const Xattr& xattr);
/// The way back: a note becomes the list that it is, with the permissions that the file's mode
/// says, as chmod(2) changes both. True for such a note.
bool read_acl_note(Xattr& xattr, mode_t mode);

/// The permission bits that a file gets with this attribute; nothing where it is no access list.
std::optional<mode_t> mode_of_acl(const Xattr& xattr);
/// An access list that says no more than the mode does: the kernel stores the mode only.
bool is_mode_as_acl(const Xattr& xattr);
/// An access list's value as the kernel hands it back; other attributes stay as they are.
void normalise_acl(Xattr& xattr);

}  // namespace mincs::layer
