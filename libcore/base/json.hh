// JSON from strangers: parsed with a bound on size and depth, read with checked types, so that a
// wrong document is one clear error. This header owns nlohmann_json; include it in .cc files only
// and use <nlohmann/json_fwd.hpp> in headers, as it costs seconds of compile time.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mincs {

using Json = nlohmann::json;

/// Bytes and nesting a document may have.
struct JsonLimits {
    std::size_t bytes = 4u << 20;
    int depth = 64;
};

/// Parses one document. `what` names it in errors ("the manifest of 'x'"). Throws Error on bad
/// syntax, a broken bound or a key that stands twice in one object.
Json parse_json(std::string_view text, std::string_view what, JsonLimits limits = {});

/// The member's value; throws Error naming `what` and the key where it is missing or of another
/// type.
std::string json_string(const Json& object, const char* key, std::string_view what);
std::int64_t json_int(const Json& object, const char* key, std::string_view what);
/// The same; nothing where the member is missing or null.
std::optional<std::string> json_string_if(const Json& object, const char* key,
                                          std::string_view what);
std::optional<std::int64_t> json_int_if(const Json& object, const char* key, std::string_view what);
std::optional<bool> json_bool_if(const Json& object, const char* key, std::string_view what);
/// A list of strings; empty where the member is missing or null.
std::vector<std::string> json_strings_if(const Json& object, const char* key,
                                         std::string_view what);

/// Whether JSON can hold the text as it is.
bool is_utf8(std::string_view text);

/// One line without a final newline; bytes that are no UTF-8 become U+FFFD instead of an exception.
std::string dump_json(const Json& value, int indent = -1);

}  // namespace mincs
