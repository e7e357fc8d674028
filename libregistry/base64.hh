// Base64 (RFC 4648, section 4) as passwords use it on the wire and in auth.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mincs::registry {

std::string base64_encode(std::string_view bytes);
/// Nothing where the text is no base64 with its padding.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace mincs::registry
