// See binary_formats.hh.
#include "libcore/container/binary_formats.hh"

#include <sys/mount.h>

#include <charconv>

#include "libcore/base/files.hh"
#include "libcore/fs/mount.hh"

namespace mincs::container {
namespace {

std::string escaped(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes)
        text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    return text;
}

/// Behind a word at a line's begin, to the line's end.
std::string_view value_of(std::string_view text, std::string_view word) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        if (line.starts_with(word)) return line.substr(word.size());
        at = end + 1;
    }
    return {};
}

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        unsigned value = 0;
        std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

Fd open_entry(int table, std::string_view name) {
    const std::string file(name);
    return Fd(openat(table, file.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
}

}  // namespace

Fd open_binary_formats() {
    return fs::new_filesystem("binfmt_misc", {},
                              MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

std::string registration(const Emulator& emulator, std::string_view name) {
    const Signature signature = signature_of(get_architecture(emulator.architecture));
    return fmt::format(":{}:M::{}:{}:{}:OPF", name, escaped(signature.magic),
                       escaped(signature.mask), emulator.interpreter);
}

void add_format(int table, const Emulator& emulator, std::string_view name) {
    const Fd file(check(openat(table, "register", O_WRONLY | O_CLOEXEC),
                        "opening the table of binary formats"));
    const std::string line = registration(emulator, name);
    if (write(file.get(), line.data(), line.size()) == -1 && errno != EEXIST)
        throw SysError(errno, "having the kernel run programs for {} by '{}'",
                       emulator.architecture, printable(emulator.interpreter));
}

void remove_format(int table, std::string_view name) {
    const Fd entry = open_entry(table, name);
    if (!entry && errno == ENOENT) return;
    if (!entry || write(entry.get(), "-1", 2) == -1)
        throw SysError(errno, "removing the binary format '{}'", name);
}

bool serves_any_root(std::string_view entry, const Architecture& architecture) {
    std::string magic = from_hex(value_of(entry, "magic "));
    magic.resize(std::max(magic.size(), kSignatureSize));
    return entry.starts_with("enabled\n") && value_of(entry, "offset ") == "0" &&
           value_of(entry, "flags:").find('F') != std::string_view::npos &&
           architecture_of_program(magic) == &architecture;
}

}  // namespace mincs::container
