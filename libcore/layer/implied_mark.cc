// See implied_mark.hh.
#include "libcore/layer/implied_mark.hh"

#include <sys/xattr.h>

#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::layer {
namespace {

/// By /proc, as the descriptor may be O_PATH.
std::string path_of(int directory, const std::string& name) {
    return fs::proc_path(directory) + "/" + name;
}

/// Nothing of the name, or what can bear no such mark.
bool is_absence(int code) {
    return code == ENODATA || code == ENOENT || code == ENOTSUP || code == EPERM;
}

}  // namespace

void set_implied(int directory, const std::string& name) {
    check(lsetxattr(path_of(directory, name).c_str(), fs::implied_mark(), "", 0, 0),
          "marking the directory '{}'", printable(name));
}

bool is_implied(int directory, const std::string& name) {
    if (lgetxattr(path_of(directory, name).c_str(), fs::implied_mark(), nullptr, 0) == 0)
        return true;
    if (!is_absence(errno)) throw SysError(errno, "looking at the mark of '{}'", printable(name));
    return false;
}

bool clear_implied(int directory, const std::string& name) {
    if (lremovexattr(path_of(directory, name).c_str(), fs::implied_mark()) == 0) return true;
    if (!is_absence(errno)) throw SysError(errno, "removing the mark of '{}'", printable(name));
    return false;
}

}  // namespace mincs::layer
