// See retry_after.hh.
#include "libregistry/retry_after.hh"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ctime>

#include "libcore/base/units.hh"

namespace mincs::registry {
namespace {

constexpr double kLongestSeconds = 365.0 * 86400;

struct Unit {
    std::string_view name;
    double seconds;
};

/// Go's (time.ParseDuration, with both letters that look like a mu), and words.
constexpr std::array kUnits = {
    Unit{"ns", 1e-9},    Unit{"us", 1e-6},   Unit{"\u00b5s", 1e-6}, Unit{"\u03bcs", 1e-6},
    Unit{"ms", 1e-3},    Unit{"s", 1},       Unit{"sec", 1},        Unit{"second", 1},
    Unit{"seconds", 1},  Unit{"m", 60},      Unit{"min", 60},       Unit{"minute", 60},
    Unit{"minutes", 60}, Unit{"h", 3600},    Unit{"hour", 3600},    Unit{"hours", 3600},
    Unit{"d", 86400},    Unit{"day", 86400}, Unit{"days", 86400}};

Wait wait_of(double seconds) {
    return Wait(
        static_cast<Wait::rep>(std::ceil(std::clamp(seconds, 0.0, kLongestSeconds) * 1000)));
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// A number at the front, taken off; nothing where there is none.
std::optional<double> take_number(std::string_view& text) {
    double number = 0;
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || !std::isfinite(number) || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return number;
}

/// A unit at the front, taken off: all up to the next blank or digit.
std::optional<double> take_unit(std::string_view& text) {
    text = without_blanks(text);
    const std::size_t end = std::min(text.find_first_of(" 0123456789"), text.size());
    for (const Unit& unit : kUnits)
        if (text.substr(0, end) == unit.name) {
            text.remove_prefix(end);
            return unit.seconds;
        }
    return std::nullopt;
}

/// "2m3s": numbers with units; a single number without one is seconds.
std::optional<Wait> parse_duration(std::string_view text) {
    double seconds = 0;
    for (bool first = true; first || !text.empty(); first = false) {
        const std::optional<double> number = take_number(text);
        if (!number) return std::nullopt;
        if (first && text.empty()) return wait_of(*number);
        const std::optional<double> unit = take_unit(text);
        if (!unit) return std::nullopt;
        seconds += *number * *unit;
        text = without_blanks(text);
    }
    return wait_of(seconds);
}

Wait wait_until(std::time_t time) {
    return wait_of(static_cast<double>(time - std::time(nullptr)));
}

std::optional<Wait> parse_date(std::string_view value) {
    const std::string text(value);
    for (const char* form :
         {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"}) {
        std::tm date = {};
        const char* end = strptime(text.c_str(), form, &date);
        if (end && *end == '\0') return wait_until(timegm(&date));
    }
    return std::nullopt;
}

/// Some write the seconds left, some the seconds since 1970.
std::optional<Wait> parse_reset(std::string_view value) {
    constexpr std::int64_t kSurelyADate = 1'000'000'000;
    const std::optional<std::int64_t> number = to_number(value);
    if (!number) return parse_retry_after(value);
    return *number >= kSurelyADate ? wait_until(*number) : wait_of(static_cast<double>(*number));
}

/// "100;w=21600": of each of the two parts the number.
struct Limit {
    std::int64_t count = 0;
    std::optional<std::int64_t> window;  ///< seconds
};

std::optional<Limit> parse_limit(std::string_view value) {
    const std::size_t semicolon = value.find(';');
    const auto count = to_number(without_blanks(value.substr(0, semicolon)));
    if (!count) return std::nullopt;
    Limit limit{*count, {}};
    const std::size_t window = value.find("w=");
    if (window != std::string_view::npos)
        limit.window = to_number(value.substr(window + 2, value.find(';', window) - window - 2));
    return limit;
}

}  // namespace

std::optional<Wait> parse_retry_after(std::string_view value) {
    if (value.size() > 64) return std::nullopt;
    if (const auto duration = parse_duration(without_blanks(value))) return duration;
    return parse_date(value);
}

std::optional<Wait> wanted_wait(const HttpHeaders& headers, std::string_view words) {
    if (const auto wait = parse_retry_after(headers.get("retry-after"))) return wait;
    for (const char* name : {"x-retry-after", "ratelimit-reset", "x-ratelimit-reset"})
        if (const auto wait = parse_reset(headers.get(name))) return wait;
    constexpr std::string_view kWords = "retry-after: ";
    const std::size_t at = words.find(kWords);
    if (at == std::string_view::npos) return std::nullopt;
    words.remove_prefix(at + kWords.size());
    return parse_retry_after(words.substr(0, words.find_first_of(",;)")));
}

std::string exhausted_quota(const HttpHeaders& headers) {
    for (const std::string prefix : {"", "x-"}) {
        const auto left = parse_limit(headers.get(prefix + "ratelimit-remaining"));
        if (!left || left->count > 0) continue;
        const auto limit = parse_limit(headers.get(prefix + "ratelimit-limit"));
        if (!limit) return "the quota is used up";
        const auto window = limit->window ? limit->window : left->window;
        if (!window) return fmt::format("the quota of {} is used up", limit->count);
        const std::string age = format_age(std::chrono::seconds(*window));
        return fmt::format("the quota of {} in {} is used up, in {} at most it is not",
                           limit->count, age, age);
    }
    return "";
}

std::string describe_wait(Wait wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    const std::time_t now = std::time(nullptr);
    const std::time_t end = now + seconds.count();
    std::tm today = {};
    std::tm then = {};
    localtime_r(&now, &today);
    localtime_r(&end, &then);
    const bool same_day = today.tm_yday == then.tm_yday && today.tm_year == then.tm_year;
    char text[32];
    std::strftime(text, sizeof text, same_day ? "%H:%M" : "%Y-%m-%d %H:%M", &then);
    return fmt::format("{}, until {}", format_age(seconds), text);
}

}  // namespace mincs::registry
