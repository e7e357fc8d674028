// See disk_names.hh.
#include "libcore/layer/disk_names.hh"

#include <sys/xattr.h>

#include <algorithm>

#include "libcore/base/fd.hh"
#include "libcore/fs/device_note.hh"
#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/owner_note.hh"
#include "libcore/fs/root_dir.hh"
#include "libcore/layer/acl_xattr.hh"

namespace mincs::layer {
namespace {

/// Calls one of the getxattr family until its answer fits. Empty where there is nothing.
template <typename Get>
std::string read_xattr_buffer(const std::string& path, const Get& get) {
    while (true) {
        const ssize_t size = get(nullptr, 0);
        if (size < 0 && (errno == ENOTSUP || errno == ENODATA)) return {};
        std::string buffer(
            static_cast<std::size_t>(check(size, "attributes of '{}'", printable(path))), '\0');
        const ssize_t got = get(buffer.data(), buffer.size());
        if (got < 0 && errno == ERANGE) continue;
        buffer.resize(static_cast<std::size_t>(check(got, "attributes of '{}'", printable(path))));
        return buffer;
    }
}

bool has(const std::vector<Xattr>& xattrs, std::string_view name) {
    return std::any_of(xattrs.begin(), xattrs.end(),
                       [&](const Xattr& xattr) { return xattr.name == name; });
}

/// Access lists that were only noted. One that a container's command has set since is the file's.
void read_acl_notes(std::vector<Xattr>& xattrs, const std::string& proc_name,
                    const std::string& path) {
    const bool has_access = has(xattrs, kAccessAcl), has_default = has(xattrs, kDefaultAcl);
    std::erase_if(xattrs, [&](const Xattr& xattr) {
        return (has_access && xattr.name == kAccessAclNote) ||
               (has_default && xattr.name == kDefaultAclNote);
    });
    if (!has(xattrs, kAccessAclNote) && !has(xattrs, kDefaultAclNote)) return;
    struct stat status;
    check(lstat(proc_name.c_str(), &status), "looking at '{}'", printable(path));
    for (Xattr& xattr : xattrs) read_acl_note(xattr, status.st_mode);
}

}  // namespace

int stat_in_image(int directory, const std::string& name, struct stat& status) {
    if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == -1) return -1;
    if (fs::in_first_user_namespace()) return 0;
    const fs::Owner owner = fs::owner_of_entry(directory, name, status);
    status.st_uid = owner.uid;
    status.st_gid = owner.gid;
    if (const auto device = fs::device_of(fs::proc_path(directory) + "/" + name, status)) {
        status.st_mode = device->type | (status.st_mode & 07777u);
        status.st_rdev = device->number;
    }
    return 0;
}

std::vector<Xattr> read_xattrs(const std::string& proc_name, const std::string& path) {
    const std::string list = read_xattr_buffer(path, [&](char* buffer, std::size_t size) {
        return llistxattr(proc_name.c_str(), buffer, size);
    });
    std::vector<Xattr> xattrs;
    for (std::size_t at = 0; at < list.size(); at += xattrs.back().name.size() + 1)
        xattrs.push_back({list.c_str() + at, {}});
    if (!fs::in_first_user_namespace())
        std::erase_if(xattrs, [](const Xattr& xattr) {
            return xattr.name == fs::kDeviceNote ||
                   (fs::notes_owners() &&
                    (xattr.name == fs::kOwnerNote || xattr.name == fs::kEntryOwners));
        });
    for (Xattr& xattr : xattrs)
        xattr.value = read_xattr_buffer(path, [&](char* buffer, std::size_t size) {
            return lgetxattr(proc_name.c_str(), xattr.name.c_str(), buffer, size);
        });
    if (fs::notes_owners()) read_acl_notes(xattrs, proc_name, path);
    std::sort(xattrs.begin(), xattrs.end(),
              [](const Xattr& a, const Xattr& b) { return a.name < b.name; });
    return xattrs;
}

std::string read_link(int directory, const std::string& name, const std::string& path) {
    std::string target(4096, '\0');
    const ssize_t size = check(readlinkat(directory, name.c_str(), target.data(), target.size()),
                               "reading the link '{}'", printable(path));
    target.resize(static_cast<std::size_t>(size));
    return target;
}

}  // namespace mincs::layer
