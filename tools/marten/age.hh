// Points in time as people see them in lists.
#pragma once

#include <cstdint>
#include <string>

namespace mincs::marten {

/// "4 days": from `seconds` since the epoch until now; what lies ahead is "0 seconds" old.
std::string age_since(std::int64_t seconds);

}  // namespace mincs::marten
