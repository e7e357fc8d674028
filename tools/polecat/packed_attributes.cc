// See packed_attributes.hh.
#include "tools/polecat/packed_attributes.hh"

#include <fcntl.h>
#include <sqfs/xattr.h>
#include <sys/xattr.h>

#include <algorithm>
#include <vector>

#include "tools/polecat/elf_file.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kPerAttribute = sizeof(sqfs_xattr_entry_t) + sizeof(sqfs_xattr_value_t) +
                                        sizeof(sqfs_xattr_id_t) + sizeof(sqfs_u64);

/// Sorted; none also where the file system has none.
std::vector<std::string> kept_names(int file) {
    char list[65536];
    const ssize_t size = flistxattr(file, list, sizeof list);
    std::vector<std::string> names;
    if (size <= 0) return names;
    for (const std::string& name :
         split_path_list(std::string(list, static_cast<std::size_t>(size)), '\0'))
        if (name == "security.capability" ||
            (name.starts_with("user.") && !name.starts_with("user.mincs.")))
            names.push_back(name);
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

PackedAttributes::PackedAttributes() : writer_(made(sqfs_xattr_writer_create(0), "attributes")) {}

std::uint32_t PackedAttributes::add(const fs::RootDir& root, const std::string& path) {
    const Fd file = root.open_no_links(path, O_RDONLY | O_NONBLOCK);
    const std::vector<std::string> names = kept_names(file.get());
    if (names.empty()) return kNone;
    check_sqfs(sqfs_xattr_writer_begin(writer_.get(), 0), "attributes");
    for (const std::string& name : names) {
        std::vector<char> value(XATTR_SIZE_MAX);
        const ssize_t got =
            check(fgetxattr(file.get(), name.c_str(), value.data(), value.size()),
                  "reading the attribute '{}' of '{}'", printable(name), printable(path));
        check_sqfs(sqfs_xattr_writer_add(writer_.get(), name.c_str(), value.data(),
                                         static_cast<std::size_t>(got)),
                   "attributes");
        bytes_ += kPerAttribute + name.size() + static_cast<std::uint64_t>(got);
    }
    std::uint32_t index = kNone;
    check_sqfs(sqfs_xattr_writer_end(writer_.get(), &index), "attributes");
    return index;
}

void PackedAttributes::write(sqfs_file_t& file, sqfs_super_t& super,
                             sqfs_compressor_t& compressor) {
    check_sqfs(sqfs_xattr_writer_flush(writer_.get(), &file, &super, &compressor), "attributes");
}

}  // namespace mincs::polecat
