// See timestamps.hh.
#include "libcore/base/timestamps.hh"

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "libcore/base/units.hh"

namespace mincs {
namespace {

constexpr std::int64_t kEndOfYear9999 = 253'402'300'799;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// "Z", "+01:00" or "-01:00" in seconds.
std::optional<std::int64_t> parse_zone(std::string_view text) {
    if (text == "Z" || text == "z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':' ||
        !is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[4]) || !is_digit(text[5]))
        return std::nullopt;
    const int minutes =
        ((text[1] - '0') * 10 + text[2] - '0') * 60 + (text[4] - '0') * 10 + (text[5] - '0');
    return (text[0] == '-' ? -60 : 60) * minutes;
}

}  // namespace

std::optional<std::int64_t> source_date_epoch() {
    const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
    if (!fixed || !*fixed) return std::nullopt;
    return parse_number(fixed, "SOURCE_DATE_EPOCH", 0, kEndOfYear9999);
}

std::int64_t creation_time() {
    return source_date_epoch().value_or(std::time(nullptr));
}

std::string to_rfc3339(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm utc = {};
    gmtime_r(&time, &utc);
    char text[64];
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
    constexpr std::size_t kUpToSeconds = 19;
    if (text.size() <= kUpToSeconds || text.size() > 64) return std::nullopt;
    const std::string head(text.substr(0, kUpToSeconds));
    std::tm time = {};
    int used = 0;
    if (std::sscanf(head.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &time.tm_year, &time.tm_mon,
                    &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec, &used) != 6 ||
        used != static_cast<int>(kUpToSeconds))
        return std::nullopt;
    text.remove_prefix(kUpToSeconds);
    if (text.front() == '.') {
        std::size_t end = 1;
        while (end < text.size() && is_digit(text[end])) ++end;
        text.remove_prefix(end);
    }
    const auto zone = parse_zone(text);
    if (!zone) return std::nullopt;
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    return timegm(&time) - *zone;
}

}  // namespace mincs
