// See recipe.hh.
#include "tools/ermine-breeder/recipe.hh"

#include <fmt/format.h>

#include "libcore/base/digest.hh"
#include "tools/ermine-breeder/kernel_config.hh"
#include "tools/ermine-breeder/kernel_source.hh"

namespace mincs::breeder {

std::string distro_recipe(const std::string& arch, const Package& kernel,
                          const std::vector<std::string>& modules) {
    return Digest::of(fmt::format("distro {}\n{} {}\n{}\n", arch, kernel.name, kernel.version,
                                  fmt::join(modules, "\n")))
        .hex();
}

std::string build_recipe(const std::string& arch, const Package& source,
                         const std::string& fragment) {
    const int edit = arch == "um" ? kRegisterBytes : 0;
    return Digest::of(fmt::format("build {}\n{} {}\n{}\n{}", arch, source.name, source.version,
                                  edit, effective(fragment)))
        .hex();
}

}  // namespace mincs::breeder
