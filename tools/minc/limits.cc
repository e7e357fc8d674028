// See limits.hh.
#include "tools/minc/limits.hh"

#include <algorithm>
#include <cctype>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs::minc {
namespace {

/// Microseconds in each 100 ms. In whole numbers: "1.5" is 150000 exactly.
std::int64_t quota_of(const std::string& cpus) {
    const std::size_t point = std::min(cpus.find('.'), cpus.size());
    std::string digits = cpus.substr(0, point);
    std::string fraction = point == cpus.size() ? "" : cpus.substr(point + 1);
    const bool is_number = !(digits + fraction).empty() && fraction.size() <= 5 &&
                           (digits + fraction).find_first_not_of("0123456789") == std::string::npos;
    fraction.resize(5, '0');
    // The kernel's least quota is a millisecond.
    if (!is_number || digits.size() > 5 || std::stoll(digits + fraction) < 1000)
        throw UsageError("'{}' is not a number of CPUs, from 0.01", printable(cpus));
    return std::stoll(digits + fraction);
}

/// taskset(1)'s hexadecimal mask as a list: "0x5" is "0,2".
std::string cpus_of_mask(const std::string& mask) {
    constexpr std::size_t kLongest = 256;  // 1024 CPUs
    const std::string digits = mask.substr(2);
    std::string list;
    const auto is_digit = [](unsigned char c) { return std::isxdigit(c) != 0; };
    if (digits.size() <= kLongest && std::all_of(digits.begin(), digits.end(), is_digit))
        for (std::size_t cpu = 0; cpu < digits.size() * 4; ++cpu) {
            const char digit = digits[digits.size() - 1 - cpu / 4];
            if (std::stoi(std::string(1, digit), nullptr, 16) >> (cpu % 4) & 1)
                list += fmt::format("{}{}", list.empty() ? "" : ",", cpu);
        }
    if (list.empty()) throw UsageError("'{}' is no mask of CPUs such as 0x27", printable(mask));
    return list;
}

}  // namespace

void set_limits(const RawLimits& raw, container::Resources& resources) {
    constexpr std::int64_t kMany = std::int64_t{1} << 40;
    if (!raw.memory.empty()) resources.memory_limit = parse_size(raw.memory);
    if (!raw.memory_swap.empty()) resources.memory_swap = parse_size(raw.memory_swap);
    if (resources.memory_swap && *resources.memory_swap < resources.memory_limit.value_or(0))
        throw UsageError("--mem-swap counts memory and swap together: it is at least --mem-limit");
    if (!raw.cpu_shares.empty())
        resources.cpu_shares = parse_number(raw.cpu_shares, "a number of CPU shares", 2, 262144);
    if (!raw.cpu_quota.empty())
        resources.cpu_quota =
            parse_number(raw.cpu_quota, "a CPU quota in microseconds", 1000, kMany);
    if (!raw.cpu_count.empty()) {
        if (!raw.cpu_quota.empty())
            throw UsageError("--cpus and --cpu-quota exclude each other: both limit CPU time");
        resources.cpu_quota = quota_of(raw.cpu_count);
    }
    if (!raw.kernel_memory.empty()) resources.kernel_memory = parse_size(raw.kernel_memory);
    if (!raw.io_weight.empty())
        resources.io_weight = parse_number(raw.io_weight, "a weight for disks", 10, 1000);
    if (!raw.pids.empty())
        resources.pids_limit = parse_number(raw.pids, "a number of processes", 1, 4194304);
    resources.cpus = raw.cpus.starts_with("0x") ? cpus_of_mask(raw.cpus) : raw.cpus;
    if (resources.cpus.find_first_not_of("0123456789,-") != std::string::npos)
        throw UsageError("'{}' is not a list of CPUs such as 0-2,5", printable(raw.cpus));
}

}  // namespace mincs::minc
