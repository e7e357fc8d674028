// Which of a distribution's modules a guest needs, in the order in which they can be loaded. A
// package has no modules.dep, which is made where it is installed; each module says itself what it
// stands on.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mincs::breeder {

/// What the guest asks for: how it gets its devices, its root, its network and its talk with minc.
extern const std::vector<std::string> kGuestModules;

/// `wanted` with all that they need, each behind what it needs, by `depends`, which tells what one
/// module needs itself. Throws Error on a circle.
std::vector<std::string> load_order(
    const std::vector<std::string>& wanted,
    const std::function<std::vector<std::string>(const std::string&)>& depends);

/// The files of kGuestModules and of what they need, in load order. `directory` is
/// lib/modules/VERSION of the unpacked package. What is built into the kernel is left out; throws
/// Error naming what it lacks.
std::vector<std::filesystem::path> guest_modules(const std::filesystem::path& directory);

}  // namespace mincs::breeder
