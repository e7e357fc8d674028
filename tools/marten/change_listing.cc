// See change_listing.hh.
#include "tools/marten/change_listing.hh"

namespace mincs::marten {
namespace {

const char* type_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "directory";
        case S_IFLNK:
            return "symlink";
        case S_IFCHR:
            return "character device";
        case S_IFBLK:
            return "block device";
        case S_IFIFO:
            return "fifo";
        case S_IFSOCK:
            return "socket";
        default:
            return "file";
    }
}

}  // namespace

std::vector<Cell> row_of(const layer::Change& change) {
    constexpr const char* kLetters[] = {"A", "C", "D"};
    constexpr const char* kWords[] = {"added", "changed", "removed"};
    const auto kind = static_cast<std::size_t>(change.kind);
    const struct stat& status = change.status;
    const std::vector<std::string> differs = change.difference.names();
    return {{kLetters[kind], std::string(kWords[kind])},
            fmt::format("{:04o}", status.st_mode & 07777u),
            {std::to_string(status.st_uid), std::int64_t{status.st_uid}},
            {std::to_string(status.st_gid), std::int64_t{status.st_gid}},
            {std::to_string(status.st_size), std::int64_t{status.st_size}},
            change.path,
            std::string(type_of(status.st_mode)),
            {fmt::format("{}", fmt::join(differs, ",")), differs}};
}

Listing change_listing(const std::string& format, bool is_long) {
    return Listing({{"kind", "kind"},
                    {"mode", "mode", is_long},
                    {"uid", "uid", is_long},
                    {"gid", "gid", is_long},
                    {"size", "size", is_long},
                    {"path", "path"},
                    {"type", "type", false},
                    {"differs", "differs", false}},
                   format, TableStyle::kPlain);
}

}  // namespace mincs::marten
