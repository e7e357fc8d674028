// See layout.hh.
#include "db/layout.hh"

#include <unistd.h>

#include <cstdlib>

#include "libcore/base/error.hh"

namespace mincs::db {
namespace {

/// The variable's value as a path; empty where it is unset or empty.
std::filesystem::path from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::filesystem::path standard_base() {
    if (const auto chosen = from_environment("MINCS_DIR"); !chosen.empty())
        return std::filesystem::absolute(chosen);
    if (const auto users = from_environment(kStoreOfUser); geteuid() == 0 && users.is_absolute())
        return users;
    if (geteuid() == 0) return "/var/lib/mincs";
    // The XDG base directory specification: a relative path in the variable is to be ignored.
    if (const auto data = from_environment("XDG_DATA_HOME"); data.is_absolute())
        return data / "mincs";
    if (const auto home = from_environment("HOME"); home.is_absolute())
        return home / ".local/share/mincs";
    throw Error("no place for the store: neither MINCS_DIR nor HOME is set");
}

}  // namespace

Layout Layout::standard() {
    return Layout(standard_base());
}

std::filesystem::path Layout::blob(const Digest& digest) const {
    return blobs() / digest.algorithm_name() / digest.hex();
}

std::filesystem::path Layout::partial(const Digest& digest) const {
    return partials() / digest.algorithm_name() / digest.hex();
}

}  // namespace mincs::db
