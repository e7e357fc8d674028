// See acl_xattr.hh.
#include "libcore/layer/acl_xattr.hh"

#include <archive.h>
#include <archive_entry.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>

#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {
namespace {

struct AclEntry {
    std::uint16_t tag = 0;
    std::uint16_t permissions = 0;
    std::uint32_t id = 0;
};

std::uint16_t kernel_tag(int tag) {
    switch (tag) {
        case ARCHIVE_ENTRY_ACL_USER_OBJ:
            return ACL_USER_OBJ;
        case ARCHIVE_ENTRY_ACL_USER:
            return ACL_USER;
        case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
            return ACL_GROUP_OBJ;
        case ARCHIVE_ENTRY_ACL_GROUP:
            return ACL_GROUP;
        case ARCHIVE_ENTRY_ACL_MASK:
            return ACL_MASK;
        default:
            return ACL_OTHER;
    }
}

std::uint16_t kernel_permissions(int permset) {
    return static_cast<std::uint16_t>(
        ((permset & ARCHIVE_ENTRY_ACL_READ) != 0 ? ACL_READ : 0) |
        ((permset & ARCHIVE_ENTRY_ACL_WRITE) != 0 ? ACL_WRITE : 0) |
        ((permset & ARCHIVE_ENTRY_ACL_EXECUTE) != 0 ? ACL_EXECUTE : 0));
}

/// Nothing where a user or group has no number.
std::optional<std::vector<AclEntry>> read_acl(archive_entry* entry, int type) {
    std::vector<AclEntry> acl;
    archive_entry_acl_reset(entry, type);
    int got_type, permset, tag, id;
    const char* name;
    while (archive_entry_acl_next(entry, type, &got_type, &permset, &tag, &id, &name) ==
           ARCHIVE_OK) {
        const bool has_id = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
        if (has_id && id < 0) return std::nullopt;
        acl.push_back({kernel_tag(tag), kernel_permissions(permset),
                       has_id ? static_cast<std::uint32_t>(id)
                              : static_cast<std::uint32_t>(ACL_UNDEFINED_ID)});
    }
    // The kernel wants them in the order of the tags' numbers (posix_acl_valid).
    std::sort(acl.begin(), acl.end(), [](const AclEntry& a, const AclEntry& b) {
        return std::tie(a.tag, a.id) < std::tie(b.tag, b.id);
    });
    return acl;
}

void append_little_endian(std::string& out, std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i) & 0xffu);
}

std::string to_xattr_value(const std::vector<AclEntry>& acl) {
    std::string value;
    append_little_endian(value, POSIX_ACL_XATTR_VERSION, 4);
    for (const AclEntry& entry : acl) {
        append_little_endian(value, entry.tag, 2);
        append_little_endian(value, entry.permissions, 2);
        append_little_endian(value, entry.id, 4);
    }
    return value;
}

void append_acl(archive_entry* entry, int type, const char* name, std::vector<Xattr>& xattrs) {
    if (archive_entry_acl_count(entry, type) == 0) return;
    const auto acl = read_acl(entry, type);
    if (acl && !acl->empty()) xattrs.push_back({name, to_xattr_value(*acl)});
}

}  // namespace

void append_acl_xattrs(archive_entry* entry, std::vector<Xattr>& xattrs) {
    append_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access", xattrs);
    append_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default", xattrs);
}

}  // namespace mincs::layer
