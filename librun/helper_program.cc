// See helper_program.hh.
#include "librun/helper_program.hh"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "libcore/base/error.hh"
#include "libcore/container/own_program.hh"

namespace mincs::run {

std::string helper_program(const std::string& name, const std::string& purpose) {
    const std::filesystem::path own = container::own_program_path();
    const std::string path = own.parent_path().parent_path() / "libexec/mincs" / name;
    if (!std::filesystem::exists(path))
        throw Error("'{}' is missing, without which there is no {}", path, purpose)
            .with_hint("it is a part of minc: install the suite whole");
    return path;
}

std::string find_program(const std::string& name) {
    const char* path = getenv("PATH");
    const std::string search =
        fmt::format("{}:/usr/local/bin:/usr/bin:/usr/sbin", path ? path : "");
    for (std::size_t at = 0; at < search.size();) {
        const std::size_t end = std::min(search.find(':', at), search.size());
        const std::string candidate = search.substr(at, end - at) + "/" + name;
        at = end + 1;
        if (candidate.starts_with('/') && access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return "";
}

}  // namespace mincs::run
