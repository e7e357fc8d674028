// Bytes that may be no UTF-8, carried by a format that has nothing else (JSON): each becomes the
// character of its number, as in ISO 8859-1.
#pragma once

#include <string>
#include <string_view>

namespace mincs {

/// UTF-8, at most twice as long.
std::string bytes_to_latin1_text(std::string_view bytes);
/// The other way. Throws Error where `text` has a character above U+00FF, or is no UTF-8; `what`
/// names it there.
std::string latin1_text_to_bytes(std::string_view text, std::string_view what);

}  // namespace mincs
