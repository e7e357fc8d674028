// Whole numbers of units.hh, apart from its fractions: the C++ library that polecat's runner is
// built with reads none.
#include <charconv>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs {

std::int64_t parse_number(std::string_view text, std::string_view what, std::int64_t low,
                          std::int64_t high) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size() || value < low || value > high)
        throw UsageError("'{}' is not {}: a whole number from {} to {} is wanted", printable(text),
                         what, low, high);
    return value;
}

}  // namespace mincs
