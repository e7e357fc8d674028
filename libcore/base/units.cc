// See units.hh.
#include "libcore/base/units.hh"

#include <array>
#include <charconv>
#include <cmath>

#include "libcore/base/error.hh"

namespace mincs {

std::string format_size(std::int64_t bytes) {
    constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.95 KiB would print as 1024.0 KiB: step up by what will be shown.
    while (value >= 1023.95 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::int64_t parse_size(std::string_view text) {
    const auto fail = [&] {
        return UsageError("'{}' is not a size such as 512m or 2GiB", printable(text));
    };
    double value = 0;
    const auto [end, code] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    // from_chars also reads "inf" and "nan"; std::signbit refuses "-0".
    if (code != std::errc() || !std::isfinite(value) || std::signbit(value)) throw fail();
    std::string unit;
    for (const char* p = end; p != text.data() + text.size(); ++p)
        unit += static_cast<char>(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    if (unit.ends_with("ib")) {
        unit.resize(unit.size() - 2);
        if (unit.empty()) throw fail();
    } else if (unit.ends_with("b")) {
        unit.pop_back();
    }
    constexpr std::string_view kPrefixes = "kmgtp";
    int power = 0;
    if (!unit.empty()) {
        const std::size_t index = kPrefixes.find(unit);
        if (unit.size() != 1 || index == std::string_view::npos) throw fail();
        power = static_cast<int>(index) + 1;
    }
    value *= std::pow(1024.0, power);
    if (value >= 9.2e18) throw fail();
    return static_cast<std::int64_t>(value);
}

std::string format_age(std::chrono::seconds age) {
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    constexpr std::array kUnits = {Unit{86400, "day"}, Unit{3600, "hour"}, Unit{60, "minute"}};
    const std::int64_t seconds = std::max<std::int64_t>(age.count(), 0);
    for (const Unit& unit : kUnits)
        if (seconds >= unit.seconds)
            return fmt::format("{} {}{}", seconds / unit.seconds, unit.name,
                               seconds / unit.seconds == 1 ? "" : "s");
    return fmt::format("{} second{}", seconds, seconds == 1 ? "" : "s");
}

}  // namespace mincs
