// Points in time as images tell them: RFC 3339 texts, and the moment a thing made here is said to
// be made at, which SOURCE_DATE_EPOCH fixes (reproducible-builds.org).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mincs {

/// $SOURCE_DATE_EPOCH in seconds since the epoch; nothing where it is unset or empty. Throws
/// UsageError where it is no such number.
std::optional<std::int64_t> source_date_epoch();
/// That, or now.
std::int64_t creation_time();

/// "2001-02-03T04:05:06Z", for seconds since the epoch.
std::string to_rfc3339(std::int64_t seconds);
/// The seconds of "2001-02-03T04:05:06.789+01:00"; nothing where the text is something else.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace mincs
