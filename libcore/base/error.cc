// See error.hh.
#include "libcore/base/error.hh"

#include <cstring>

namespace mincs {

std::string SysError::errno_text(int code) {
    // strerror is not thread-safe by POSIX; strerrordesc_np is (glibc 2.32, strerror(3)).
    const char* text = strerrordesc_np(code);
    return text ? text : fmt::format("error {}", code);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace mincs
