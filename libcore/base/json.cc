// See json.hh.
#include "libcore/base/json.hh"

#include <set>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

/// nlohmann's parser takes the last of two equal keys in silence and recurses freely; both are
/// attacks here (two readers of one manifest must not see two things), so its callback counts
/// levels and keys.
class Guard {
 public:
    Guard(std::string_view what, JsonLimits limits) : what_(what), limits_(limits) {}

    bool operator()(int depth, Json::parse_event_t event, Json& value) {
        using Event = Json::parse_event_t;
        // `depth` counts the levels around what starts here.
        const bool starts = event == Event::object_start || event == Event::array_start;
        if (starts && depth >= limits_.depth)
            throw Error("{}: JSON nested deeper than {} levels", what_, limits_.depth);
        if (event == Event::object_start) {
            keys_.emplace_back();
        } else if (event == Event::object_end) {
            keys_.pop_back();
        } else if (event == Event::key && !keys_.back().insert(value.get<std::string>()).second) {
            throw Error("{}: the key '{}' stands twice in one object", what_,
                        printable(value.get<std::string>()));
        }
        return true;
    }

 private:
    std::string_view what_;
    JsonLimits limits_;
    std::vector<std::set<std::string>> keys_;
};

const Json* member(const Json& object, const char* key, std::string_view what) {
    if (!object.is_object()) throw Error("{}: expected a JSON object around '{}'", what, key);
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json& required(const Json& object, const char* key, std::string_view what) {
    const Json* value = member(object, key, what);
    if (!value) throw Error("{}: '{}' is missing", what, key);
    return *value;
}

std::string as_string(const Json& value, const char* key, std::string_view what) {
    if (!value.is_string()) throw Error("{}: '{}' is not a string", what, key);
    return value.get<std::string>();
}

std::int64_t as_int(const Json& value, const char* key, std::string_view what) {
    if (!value.is_number_integer() ||
        (value.is_number_unsigned() &&
         value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)))
        throw Error("{}: '{}' is not a whole number", what, key);
    return value.get<std::int64_t>();
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what, JsonLimits limits) {
    if (text.size() > limits.bytes)
        throw Error("{}: more than {} bytes of JSON", what, limits.bytes);
    try {
        return Json::parse(text, Guard(what, limits));
    } catch (const Json::exception& error) {
        throw Error("{}: not valid JSON: {}", what, printable(error.what()));
    }
}

std::string json_string(const Json& object, const char* key, std::string_view what) {
    return as_string(required(object, key, what), key, what);
}

std::int64_t json_int(const Json& object, const char* key, std::string_view what) {
    return as_int(required(object, key, what), key, what);
}

std::optional<std::string> json_string_if(const Json& object, const char* key,
                                          std::string_view what) {
    const Json* value = member(object, key, what);
    if (!value) return std::nullopt;
    return as_string(*value, key, what);
}

std::optional<std::int64_t> json_int_if(const Json& object, const char* key,
                                        std::string_view what) {
    const Json* value = member(object, key, what);
    if (!value) return std::nullopt;
    return as_int(*value, key, what);
}

std::optional<bool> json_bool_if(const Json& object, const char* key, std::string_view what) {
    const Json* value = member(object, key, what);
    if (!value) return std::nullopt;
    if (!value->is_boolean()) throw Error("{}: '{}' is neither true nor false", what, key);
    return value->get<bool>();
}

std::vector<std::string> json_strings_if(const Json& object, const char* key,
                                         std::string_view what) {
    std::vector<std::string> strings;
    const Json* value = member(object, key, what);
    if (!value) return strings;
    if (!value->is_array()) throw Error("{}: '{}' is not a list", what, key);
    for (const Json& item : *value) strings.push_back(as_string(item, key, what));
    return strings;
}

bool is_utf8(std::string_view text) {
    try {
        Json(text).dump();
        return true;
    } catch (const Json::type_error&) {
        return false;
    }
}

std::string dump_json(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mincs
