// Registries as people type them: HOST[:PORT].
#pragma once

#include <string>
#include <string_view>

namespace mincs::marten {

/// As references name it; Docker Hub where nothing was typed. Throws UsageError.
std::string registry_name(std::string_view typed);

}  // namespace mincs::marten
