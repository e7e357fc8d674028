// How a layer says that something below is gone. In the tar (OCI image-spec, layer.md, "Whiteouts")
// it is an empty file ".wh.NAME", or ".wh..wh..opq" for "nothing of what is below in this
// directory"; on disk (overlayfs.rst, "whiteouts and opaque directories") a character device 0:0,
// or an xattr of the directory. Shared by layer_apply, which goes the one way, and layer_pack,
// which goes back.
#pragma once

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string_view>

namespace mincs::layer {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
/// Notes aufs wrote for itself; of these only the opaque marker has a meaning in an image.
inline constexpr std::string_view kWhiteoutMetaPrefix = ".wh..wh.";
inline constexpr std::string_view kOpaqueMarker = ".wh..wh..opq";

inline constexpr std::string_view kOpaqueValue = "y";

/// overlayfs acts on these, so an image must not carry them.
inline bool is_overlay_xattr(std::string_view name) {
    return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

/// Labels of this machine's security modules say nothing on another.
inline bool is_host_only_xattr(std::string_view name) {
    return name == "security.selinux" || name == "security.ima" || name == "security.evm";
}

inline bool is_whiteout(const struct stat& status) {
    return S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0);
}

}  // namespace mincs::layer
