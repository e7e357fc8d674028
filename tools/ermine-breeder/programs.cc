// See programs.hh.
#include "tools/ermine-breeder/programs.hh"

#include <unistd.h>

#include <set>

#include "libcore/base/error.hh"
#include "libcore/base/programs.hh"

namespace mincs::breeder {
namespace {

bool has_header(const std::string& name) {
    return access(("/usr/include/" + name).c_str(), R_OK) == 0;
}

}  // namespace

void need(const std::vector<HostPart>& parts) {
    std::set<std::string> missing, packages;
    for (const HostPart& part : parts) {
        const std::string name = part.name;
        if (name.ends_with(".h") ? has_header(name) : find_program(name).has_value()) continue;
        missing.insert(name);
        packages.insert(part.package);
    }
    if (missing.empty()) return;
    throw Error("not installed: {}", fmt::join(missing, ", "))
        .with_hint(
            fmt::format("apt-get install --no-install-recommends {}", fmt::join(packages, " ")));
}

}  // namespace mincs::breeder
