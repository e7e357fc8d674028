// See fmt/format.h.
#include <fmt/format.h>

#include <charconv>

namespace fmt {
namespace {

void append_number(std::string& out, const Argument& argument, std::string_view how) {
    const bool is_hex = how.ends_with('x');
    if (is_hex) how.remove_suffix(1);
    std::size_t width = 0;
    std::from_chars(how.data(), how.data() + how.size(), width);
    char digits[24];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, argument.magnitude, is_hex ? 16 : 10).ptr;
    const std::string_view text(digits, static_cast<std::size_t>(end - digits));
    if (argument.is_negative) out += '-';
    if (text.size() < width) out.append(width - text.size(), '0');
    out += text;
}

}  // namespace

std::string vformat(std::string_view format, const Argument* arguments) {
    std::string out;
    while (!format.empty()) {
        const std::size_t open = format.find('{');
        out += format.substr(0, open);
        const std::size_t close = format.find('}', open);
        if (close == std::string_view::npos) break;
        std::string_view how = format.substr(open + 1, close - open - 1);
        if (how.starts_with(':')) how.remove_prefix(1);
        if (arguments->is_number)
            append_number(out, *arguments, how);
        else
            out += arguments->text;
        ++arguments;
        format.remove_prefix(close + 1);
    }
    return out;
}

}  // namespace fmt
