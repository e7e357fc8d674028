// The first root of a guest: a cpio archive that the kernel unpacks into memory ("newc",
// Documentation/driver-api/early-userspace/buffer-format.rst of the kernel). What is in it is a
// list, made by guest_entries(); write_initramfs() puts it on disk, the same bytes for the same
// list, and needs no rights for device nodes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mincs::breeder {

struct InitramfsEntry {
    std::string path;    ///< without a leading "/"; a directory stands before what is in it
    mode_t mode = 0;     ///< type and permissions, as st_mode
    unsigned major = 0;  ///< of a device node
    unsigned minor = 0;
    std::string content;  ///< of a file
};

/// Modules as entries below /modules, plain, named in the order in which they are to be loaded.
std::vector<InitramfsEntry> module_entries(const std::vector<std::filesystem::path>& modules);

/// /init, /bin/busybox, the modules, the directories that get mounts, and the nodes that the kernel
/// wants before there are any.
std::vector<InitramfsEntry> guest_entries(const std::filesystem::path& init,
                                          const std::filesystem::path& busybox,
                                          const std::vector<InitramfsEntry>& modules);

void write_initramfs(const std::filesystem::path& file, const std::vector<InitramfsEntry>& entries);

/// What write_initramfs() wrote below /modules.
std::vector<InitramfsEntry> modules_in(const std::filesystem::path& file);

}  // namespace mincs::breeder
