// POSIX access control lists as the kernel stores them: the xattrs system.posix_acl_access and
// system.posix_acl_default (linux/posix_acl_xattr.h). libarchive hands over ACLs parsed from
// SCHILY.acl.* headers; this is their binary form.
#pragma once

#include <string>
#include <vector>

struct archive_entry;

namespace mincs::layer {

struct Xattr;

/// Appends the entry's ACLs, if it has any. An ACL that names a user without a number is left out:
/// whose number that is only the image's own passwd could say.
void append_acl_xattrs(archive_entry* entry, std::vector<Xattr>& xattrs);

}  // namespace mincs::layer
