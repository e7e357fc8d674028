// See cpu_text.hh.
#include "tools/marten/cpu_text.hh"

#include <fmt/format.h>

#include <algorithm>

namespace mincs::marten {

std::string cpu_text(std::int64_t microseconds) {
    const std::int64_t hundredths = microseconds / 10000;
    return fmt::format("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60,
                       hundredths % 100);
}

std::string cpu_share(std::int64_t used_usec, std::int64_t passed_usec) {
    if (passed_usec <= 0) return "0.0%";
    // The sum can shrink by what an ended process, whose parent does not care, had used.
    const std::int64_t thousandths = std::max<std::int64_t>(0, used_usec) * 1000 / passed_usec;
    return fmt::format("{}.{}%", thousandths / 10, thousandths % 10);
}

}  // namespace mincs::marten
