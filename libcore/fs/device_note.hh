// Devices that cannot be made here: mknod(2) of one is nobody's in a user namespace. An image's
// device is an empty file then, with a note of what it is, so that its layer's tar is the same
// again. No container's device nodes work anyway but those of its own /dev.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

namespace mincs::fs {

struct Device {
    mode_t type = S_IFCHR;  ///< or S_IFBLK
    dev_t number = 0;
    bool operator==(const Device&) const = default;
};

/// The attribute: "c MAJOR:MINOR" or "b MAJOR:MINOR", decimal. Read and written in user namespaces
/// only.
inline constexpr const char* kDeviceNote = "user.mincs.device";

std::string device_note(const Device& device);
/// Nothing where the text is no note; a character device 0:0 is none, as that is overlayfs's mark.
std::optional<Device> parse_device_note(std::string_view text);

/// What an empty file stands for; nothing else bears a note. `path` is not followed at its end.
std::optional<Device> device_of(const std::string& path, const struct stat& status);
/// Throws SysError.
void note_device(int file, const Device& device);

}  // namespace mincs::fs
