// What the engine uses of libfmt, for the runner only: "{}" for text, numbers and single
// characters, "{:x}", and a width with leading zeros ("{:03}", "{:02x}"). libfmt itself, which
// prints fractions in every way there is, takes an eighth of the runner. Formats are checked
// against their arguments where the same sources are compiled with libfmt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>

namespace fmt {

struct Argument {
    Argument(bool value) : text(value ? "true" : "false") {}
    Argument(char value) : letter(value), text(&letter, 1) {}
    template <typename Number>
    requires(std::is_integral_v<Number>) Argument(Number value)
        : is_number(true),
          is_negative(value < 0),
          magnitude(value < 0 ? 0 - static_cast<std::uint64_t>(value)
                              : static_cast<std::uint64_t>(value)) {}
    Argument(const char* value) : text(value) {}
    Argument(const std::string& value) : text(value) {}
    Argument(std::string_view value) : text(value) {}
    Argument(const Argument&) = delete;

    bool is_number = false;
    bool is_negative = false;
    std::uint64_t magnitude = 0;
    char letter = 0;
    std::string_view text;
};

/// `arguments` has as many as the format has places.
std::string vformat(std::string_view format, const Argument* arguments);

struct Format {
    template <typename Text>
        requires(std::is_convertible_v<const Text&, std::string_view>)
    constexpr Format(const Text& format) : text(format) {}
    std::string_view text;
};
template <typename...>
using format_string = Format;

template <typename... Args>
std::string format(Format format, const Args&... args) {
    const Argument arguments[sizeof...(Args) + 1] = {Argument(args)..., Argument(0)};
    return vformat(format.text, arguments);
}

}  // namespace fmt
