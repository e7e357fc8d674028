// CPU times as people see them in lists.
#pragma once

#include <cstdint>
#include <string>

namespace mincs::marten {

/// "0:00.42", "12:03.50": minutes, seconds, hundredths.
std::string cpu_text(std::int64_t microseconds);
/// "3.1%" of one CPU, for CPU time used in a time that passed.
std::string cpu_share(std::int64_t used_usec, std::int64_t passed_usec);

}  // namespace mincs::marten
