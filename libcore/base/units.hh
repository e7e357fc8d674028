// Sizes and ages as people read and write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace mincs {

/// "0 B", "999 B", "1.2 KiB", "135.4 MiB": binary units, one digit after the point.
std::string format_size(std::int64_t bytes);
/// "512", "64k", "1.5g", "2GiB": bytes, or binary units in either case. Throws UsageError.
std::int64_t parse_size(std::string_view text);
/// "3 seconds", "5 minutes", "2 hours", "4 days": the largest whole unit.
std::string format_age(std::chrono::seconds age);
/// A whole decimal number between `low` and `high`; throws UsageError naming `what`.
std::int64_t parse_number(std::string_view text, std::string_view what, std::int64_t low,
                          std::int64_t high);

}  // namespace mincs
