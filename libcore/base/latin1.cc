// See latin1.hh.
#include "libcore/base/latin1.hh"

#include "libcore/base/error.hh"

namespace mincs {
namespace {

// U+0080 to U+00FF are two bytes: 110000xx 10xxxxxx (RFC 3629, section 3).
constexpr unsigned char kFirst = 0xc0, kFirstMask = 0xfc;
constexpr unsigned char kSecond = 0x80, kSecondMask = 0xc0;

}  // namespace

std::string bytes_to_latin1_text(std::string_view bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        if (byte < 0x80) {
            text += static_cast<char>(byte);
            continue;
        }
        text += static_cast<char>(kFirst | byte >> 6);
        text += static_cast<char>(kSecond | (byte & 0x3f));
    }
    return text;
}

std::string latin1_text_to_bytes(std::string_view text, std::string_view what) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            bytes += text[i];
            continue;
        }
        const auto second = static_cast<unsigned char>(i + 1 < text.size() ? text[++i] : 0);
        const int byte = (first & 0x03) << 6 | (second & 0x3f);
        if ((first & kFirstMask) != kFirst || (second & kSecondMask) != kSecond || byte < 0x80)
            throw Error("{}: it is no text of bytes", what);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

}  // namespace mincs
