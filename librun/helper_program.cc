// See helper_program.hh.
#include "librun/helper_program.hh"

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

}  // namespace mincs::run
