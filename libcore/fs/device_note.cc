// See device_note.hh.
#include "libcore/fs/device_note.hh"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <charconv>

#include "libcore/base/error.hh"

namespace mincs::fs {

std::string device_note(const Device& device) {
    return fmt::format("{} {}:{}", device.type == S_IFBLK ? 'b' : 'c', major(device.number),
                       minor(device.number));
}

std::optional<Device> parse_device_note(std::string_view text) {
    if (!text.starts_with("b ") && !text.starts_with("c ")) return std::nullopt;
    const mode_t type = text.front() == 'b' ? S_IFBLK : S_IFCHR;
    const char* const end = text.data() + text.size();
    unsigned parts[2] = {};
    const auto first = std::from_chars(text.data() + 2, end, parts[0]);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, parts[1]);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
    const Device device{type, makedev(parts[0], parts[1])};
    if (device == Device{S_IFCHR, makedev(0, 0)}) return std::nullopt;
    return device;
}

std::optional<Device> device_of(const std::string& path, const struct stat& status) {
    if (!S_ISREG(status.st_mode) || status.st_size != 0) return std::nullopt;
    char text[32];
    const ssize_t size = lgetxattr(path.c_str(), kDeviceNote, text, sizeof text);
    if (size <= 0) return std::nullopt;  // also what is too long, which only others write
    return parse_device_note(std::string_view(text, static_cast<std::size_t>(size)));
}

void note_device(int file, const Device& device) {
    const std::string note = device_note(device);
    check(fsetxattr(file, kDeviceNote, note.data(), note.size(), 0), "noting a device");
}

}  // namespace mincs::fs
