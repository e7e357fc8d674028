// A word to the person whose image is for another machine: a manifest that no index led to may be
// for any.
#pragma once

#include <string>

#include "libregistry/manifest.hh"

namespace mincs::marten {

/// Warns where the config names another system or architecture. `action`: "pulling 'debian'".
void note_other_platform(const std::string& action, const std::string& config_json,
                         const registry::Platform& wanted);

}  // namespace mincs::marten
