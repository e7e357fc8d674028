// See rlimits.hh.
#include "libcore/container/rlimits.hh"

#include <sys/resource.h>

#include <array>
#include <limits>
#include <string>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs::container {
namespace {

struct Resource {
    std::string_view name;  ///< docker's
    const char* type;       ///< OCI's, config.md
    int number;
};
constexpr std::array kResources = {
    Resource{"as", "RLIMIT_AS", RLIMIT_AS},
    Resource{"core", "RLIMIT_CORE", RLIMIT_CORE},
    Resource{"cpu", "RLIMIT_CPU", RLIMIT_CPU},
    Resource{"data", "RLIMIT_DATA", RLIMIT_DATA},
    Resource{"fsize", "RLIMIT_FSIZE", RLIMIT_FSIZE},
    Resource{"locks", "RLIMIT_LOCKS", RLIMIT_LOCKS},
    Resource{"memlock", "RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    Resource{"msgqueue", "RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    Resource{"nice", "RLIMIT_NICE", RLIMIT_NICE},
    Resource{"nofile", "RLIMIT_NOFILE", RLIMIT_NOFILE},
    Resource{"nproc", "RLIMIT_NPROC", RLIMIT_NPROC},
    Resource{"rss", "RLIMIT_RSS", RLIMIT_RSS},
    Resource{"rtprio", "RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    Resource{"rttime", "RLIMIT_RTTIME", RLIMIT_RTTIME},
    Resource{"sigpending", "RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    Resource{"stack", "RLIMIT_STACK", RLIMIT_STACK},
};

std::uint64_t parse_amount(std::string_view text) {
    if (text == "unlimited" || text == "-1") return RLIM_INFINITY;
    return static_cast<std::uint64_t>(
        parse_number(text, "a limit", 0, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

Rlimit parse_ulimit(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    for (const Resource& resource : kResources) {
        if (resource.name != name || equals == std::string_view::npos) continue;
        const std::string_view amounts = text.substr(equals + 1);
        const std::size_t colon = amounts.find(':');
        Rlimit limit{resource.type, parse_amount(amounts.substr(0, colon)), 0};
        limit.hard =
            colon == std::string_view::npos ? limit.soft : parse_amount(amounts.substr(colon + 1));
        if (limit.soft > limit.hard)
            throw UsageError("'{}': the soft limit is above the hard one", printable(text));
        return limit;
    }
    std::string names;
    for (const Resource& resource : kResources)
        names.append(names.empty() ? "" : ", ").append(resource.name);
    throw UsageError("'{}' is not LIMIT=SOFT[:HARD]", printable(text))
        .with_hint("the limits are " + names);
}

void set_rlimits(const std::vector<Rlimit>& limits) {
    for (const Rlimit& limit : limits)
        for (const Resource& resource : kResources) {
            if (limit.type != resource.type) continue;
            const rlimit value = {limit.soft, limit.hard};
            check(setrlimit(static_cast<__rlimit_resource>(resource.number), &value),
                  "setting the limit '{}'", resource.name);
        }
}

}  // namespace mincs::container
