// See programs.hh.
#include "tools/ermine-breeder/programs.hh"

#include <unistd.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "libcore/base/error.hh"

namespace mincs::breeder {
namespace {

bool has_header(const std::string& name) {
    return access(("/usr/include/" + name).c_str(), R_OK) == 0;
}

}  // namespace

bool has_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/usr/bin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    return false;
}

void need(const std::vector<HostPart>& parts) {
    std::set<std::string> missing, packages;
    for (const HostPart& part : parts) {
        const std::string name = part.name;
        if (name.ends_with(".h") ? has_header(name) : has_program(name)) continue;
        missing.insert(name);
        packages.insert(part.package);
    }
    if (missing.empty()) return;
    throw Error("not installed: {}", fmt::join(missing, ", "))
        .with_hint(
            fmt::format("apt-get install --no-install-recommends {}", fmt::join(packages, " ")));
}

}  // namespace mincs::breeder
