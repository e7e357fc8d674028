// What a kernel is made from, as one digest: a kit with the same need not be made again.
#pragma once

#include <string>
#include <vector>

#include "tools/ermine-breeder/packages.hh"

namespace mincs::breeder {

/// The distribution's kernel with these modules.
std::string distro_recipe(const std::string& arch, const Package& kernel,
                          const std::vector<std::string>& modules);

/// One of our own. Of the fragment only the options count, not the words about them.
std::string build_recipe(const std::string& arch, const Package& source,
                         const std::string& fragment);

}  // namespace mincs::breeder
