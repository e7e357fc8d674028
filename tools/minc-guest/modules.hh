// Kernel modules that came with the initramfs, where the kernel was not made for us.
#pragma once

#include <string>

namespace mincs::guest {

/// Loads every file of the directory by order of name (finit_module(2)). One that the kernel
/// refuses is told of on the console: what needs it will fail. No directory: no modules.
void load_modules(const std::string& directory);

}  // namespace mincs::guest
