// See overlay_origin.hh.
#include "libcore/layer/overlay_origin.hh"

#include <fcntl.h>
#include <sys/xattr.h>

#include <cstring>

#include "libcore/fs/own_attributes.hh"

namespace mincs::layer {
namespace {

/// struct ovl_fb: version, magic, length of all, flags, type, uuid[16], then the handle's bytes.
constexpr std::size_t kHeaderSize = 21;
constexpr unsigned char kVersion = 0;
constexpr unsigned char kMagic = 0xfb;

/// A file handle and room for the largest.
struct Handle {
    Handle() { head()->handle_bytes = MAX_HANDLE_SZ; }
    file_handle* head() { return reinterpret_cast<file_handle*>(bytes); }
    alignas(file_handle) char bytes[sizeof(file_handle) + MAX_HANDLE_SZ] = {};
};

}  // namespace

std::optional<OverlayOrigin> OverlayOrigin::read(int directory, const std::string& name) {
    unsigned char value[kHeaderSize + MAX_HANDLE_SZ];
    const std::string path = fs::proc_path(directory) + "/" + name;
    const ssize_t size = lgetxattr(path.c_str(), fs::origin_attribute(), value, sizeof value);
    // Empty where the file system below has no handles.
    if (size <= static_cast<ssize_t>(kHeaderSize) || value[0] != kVersion || value[1] != kMagic ||
        value[2] != size)
        return std::nullopt;
    return OverlayOrigin(value[4], std::string(reinterpret_cast<char*>(value) + kHeaderSize,
                                               static_cast<std::size_t>(size) - kHeaderSize));
}

std::optional<bool> OverlayOrigin::is(int directory, const std::string& name) const {
    Handle handle;
    int mount_id;
    if (name_to_handle_at(directory, name.c_str(), handle.head(), &mount_id, 0) != 0)
        return std::nullopt;
    // overlayfs rounds the length up to words.
    const std::size_t size = handle.head()->handle_bytes;
    return handle.head()->handle_type == type_ && size <= handle_.size() &&
           std::memcmp(handle.head()->f_handle, handle_.data(), size) == 0;
}

OverlayOrigin::State OverlayOrigin::look(const fs::RootDir& lower, struct stat& status) const {
    Handle handle;
    handle.head()->handle_type = type_;
    handle.head()->handle_bytes = static_cast<unsigned>(handle_.size());
    std::memcpy(handle.head()->f_handle, handle_.data(), handle_.size());
    // A descriptor opened with O_PATH would not do.
    const Fd root = lower.open_at(".", O_RDONLY | O_DIRECTORY);
    const Fd file(open_by_handle_at(root.get(), handle.head(), O_PATH | O_CLOEXEC));
    if (!file) return errno == ESTALE ? State::kGone : State::kUnknown;
    if (fstat(file.get(), &status) != 0) return State::kUnknown;
    return status.st_nlink == 0 ? State::kGone : State::kThere;
}

}  // namespace mincs::layer
