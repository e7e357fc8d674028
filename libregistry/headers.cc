// The headers of an HTTP response as a registry client reads them; see http.hh.
#include <charconv>

#include "libregistry/http.hh"

namespace mincs::registry {

void HttpHeaders::add_line(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    std::string_view value = line.substr(colon + 1);
    const std::size_t first = value.find_first_not_of(" \t\r\n");
    const std::size_t last = value.find_last_not_of(" \t\r\n");
    value = first == std::string_view::npos ? "" : value.substr(first, last - first + 1);
    lines_.emplace_back(std::move(name), value);
}

std::string HttpHeaders::get(std::string_view name) const {
    for (const auto& [key, value] : lines_)
        if (key == name) return value;
    return "";
}

std::vector<std::string> HttpHeaders::all(std::string_view name) const {
    std::vector<std::string> values;
    for (const auto& [key, value] : lines_)
        if (key == name) values.push_back(value);
    return values;
}

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end || number < 0) return std::nullopt;
    return number;
}

}  // namespace mincs::registry
