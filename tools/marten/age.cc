// See age.hh.
#include "tools/marten/age.hh"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "libcore/base/units.hh"

namespace mincs::marten {

std::string age_since(std::int64_t seconds) {
    const std::int64_t age = std::max<std::int64_t>(std::time(nullptr) - seconds, 0);
    return format_age(std::chrono::seconds(age));
}

}  // namespace mincs::marten
