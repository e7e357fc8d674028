// Which file below an upper directory's file was copied up from. overlayfs notes its file handle in
// the xattr trusted.overlay.origin ("struct ovl_fb" in the kernel's fs/overlayfs/overlayfs.h); no
// note is made of a lower file with several names, nor where the file system has no handles.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

class OverlayOrigin {
 public:
    /// Of the entry `name` of a directory of the upper tree; nothing where none is noted.
    static std::optional<OverlayOrigin> read(int directory, const std::string& name);

    /// Whether the entry is that very file; nothing where the file system does not say.
    std::optional<bool> is(int directory, const std::string& name) const;

    enum class State { kThere, kGone, kUnknown };
    /// What has become of the file, whatever its name is now, and its status where it is there.
    State look(const fs::RootDir& lower, struct stat& status) const;

 private:
    OverlayOrigin(int type, std::string handle) : type_(type), handle_(std::move(handle)) {}
    int type_;
    std::string handle_;
};

}  // namespace mincs::layer
