// See error.hh.
#include "libcore/base/error.hh"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mincs {
namespace {

/// The bytes of the well-formed multi-byte character that `text` begins with (RFC 3629), 0 where
/// there is none or it is one of the control characters U+0080 to U+009F.
std::size_t harmless_utf8(std::string_view text) {
    struct Form {
        unsigned char mask, lead;
        std::uint32_t smallest;
    };
    constexpr Form kForms[] = {{0xe0, 0xc0, 0xa0}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t more = 1; more <= 3; ++more) {
        const Form& form = kForms[more - 1];
        if ((byte_at(0) & form.mask) != form.lead) continue;
        if (text.size() <= more) return 0;
        std::uint32_t code = byte_at(0) & static_cast<unsigned char>(~form.mask);
        for (std::size_t i = 1; i <= more; ++i) {
            if ((byte_at(i) & 0xc0) != 0x80) return 0;
            code = code << 6 | (byte_at(i) & 0x3f);
        }
        const bool surrogate = code >= 0xd800 && code <= 0xdfff;
        return code < form.smallest || code > 0x10ffff || surrogate ? 0 : more + 1;
    }
    return 0;
}

}  // namespace

std::string SysError::errno_text(int code) {
    // strerror is not thread-safe by POSIX; strerrordesc_np is (glibc 2.32, strerror(3)).
    const char* text = strerrordesc_np(code);
    return text ? text : fmt::format("error {}", code);
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        // Most texts are all of plain characters, and long lists are made of them.
        const auto end = std::find_if(text.begin(), text.end(),
                                      [](unsigned char c) { return c < 0x20 || c >= 0x7f; });
        const auto plain = static_cast<std::size_t>(end - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto byte = static_cast<unsigned char>(text[0]);
        std::size_t length = 1;
        if (byte == '\n') {
            out += "\\n";
        } else if (byte == '\t') {
            out += "\\t";
        } else if (const std::size_t size = harmless_utf8(text); size > 0) {
            out += text.substr(0, size);
            length = size;
        } else {
            out += fmt::format("\\x{:02x}", byte);
        }
        text.remove_prefix(length);
    }
    return out;
}

}  // namespace mincs
