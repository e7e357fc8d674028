// See acl_xattr.hh.
#include "libcore/layer/acl_xattr.hh"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>

#include "libcore/layer/libarchive.hh"
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
    libarchive().entry_acl_reset(entry, type);
    int got_type, permset, tag, id;
    const char* name;
    while (libarchive().entry_acl_next(entry, type, &got_type, &permset, &tag, &id, &name) ==
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
    if (libarchive().entry_acl_count(entry, type) == 0) return;
    const auto acl = read_acl(entry, type);
    if (acl && !acl->empty()) xattrs.push_back({name, to_xattr_value(*acl)});
}

std::uint32_t read_little_endian(std::string_view from, std::size_t at, std::size_t bytes) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        number |= std::uint32_t{static_cast<unsigned char>(from[at + i])} << (8 * i);
    return number;
}

/// Nothing where the value is no list.
std::optional<std::vector<AclEntry>> from_xattr_value(std::string_view value) {
    if (value.size() < 4 || value.size() % 8 != 4 ||
        read_little_endian(value, 0, 4) != POSIX_ACL_XATTR_VERSION)
        return std::nullopt;
    std::vector<AclEntry> acl;
    for (std::size_t at = 4; at < value.size(); at += 8)
        acl.push_back({static_cast<std::uint16_t>(read_little_endian(value, at, 2)),
                       static_cast<std::uint16_t>(read_little_endian(value, at + 2, 2)),
                       read_little_endian(value, at + 4, 4)});
    return acl;
}

std::optional<std::vector<AclEntry>> access_acl(const Xattr& xattr) {
    if (xattr.name != kAccessAcl) return std::nullopt;
    return from_xattr_value(xattr.value);
}

bool names_somebody(const std::vector<AclEntry>& acl) {
    return std::any_of(acl.begin(), acl.end(), [](const AclEntry& entry) {
        return entry.tag == ACL_USER || entry.tag == ACL_GROUP;
    });
}

}  // namespace

const char* note_for_acl(const Xattr& xattr) {
    const bool is_access = xattr.name == kAccessAcl;
    if (!is_access && xattr.name != kDefaultAcl) return nullptr;
    const auto acl = from_xattr_value(xattr.value);
    if (!acl || !names_somebody(*acl)) return nullptr;
    return is_access ? kAccessAclNote : kDefaultAclNote;
}

bool read_acl_note(Xattr& xattr, mode_t mode) {
    const bool is_access = xattr.name == kAccessAclNote;
    if (!is_access && xattr.name != kDefaultAclNote) return false;
    xattr.name = is_access ? kAccessAcl : kDefaultAcl;
    auto acl = from_xattr_value(xattr.value);
    if (!is_access || !acl) return true;
    for (AclEntry& entry : *acl) {
        if (entry.tag == ACL_USER_OBJ) entry.permissions = mode >> 6 & 7;
        if (entry.tag == ACL_MASK) entry.permissions = mode >> 3 & 7;
        if (entry.tag == ACL_OTHER) entry.permissions = mode & 7;
    }
    xattr.value = to_xattr_value(*acl);
    return true;
}

std::optional<mode_t> mode_of_acl(const Xattr& xattr) {
    const auto acl = access_acl(xattr);
    if (!acl) return std::nullopt;
    mode_t user = 0, group = 0, other = 0;
    std::optional<mode_t> mask;
    for (const AclEntry& entry : *acl) {
        if (entry.tag == ACL_USER_OBJ) user = entry.permissions;
        if (entry.tag == ACL_GROUP_OBJ) group = entry.permissions;
        if (entry.tag == ACL_MASK) mask = entry.permissions;
        if (entry.tag == ACL_OTHER) other = entry.permissions;
    }
    // Where there is a mask, the group's bits of the mode are its (acl(5)).
    return user << 6 | mask.value_or(group) << 3 | other;
}

bool is_mode_as_acl(const Xattr& xattr) {
    const auto acl = access_acl(xattr);
    return acl && std::all_of(acl->begin(), acl->end(), [](const AclEntry& entry) {
               return entry.tag == ACL_USER_OBJ || entry.tag == ACL_GROUP_OBJ ||
                      entry.tag == ACL_OTHER;
           });
}

void normalise_acl(Xattr& xattr) {
    if (xattr.name != kAccessAcl && xattr.name != kDefaultAcl) return;
    auto acl = from_xattr_value(xattr.value);
    if (!acl) return;
    for (AclEntry& entry : *acl)
        if (entry.tag != ACL_USER && entry.tag != ACL_GROUP)
            entry.id = static_cast<std::uint32_t>(ACL_UNDEFINED_ID);
    xattr.value = to_xattr_value(*acl);
}

void append_acl_xattrs(archive_entry* entry, std::vector<Xattr>& xattrs) {
    append_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, kAccessAcl, xattrs);
    append_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, kDefaultAcl, xattrs);
}

}  // namespace mincs::layer
