// See stacked_view.hh.
#include "libcore/layer/stacked_view.hh"

#include <sys/xattr.h>

#include "libcore/fs/own_attributes.hh"
#include "libcore/layer/disk_names.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

constexpr int kLookFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// Something else than a directory stands there or on the way, or nothing.
bool is_absence(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

}  // namespace

bool Seen::is_whiteout() const {
    return layer::is_whiteout(status);
}

std::string join_path(std::string_view directory, std::string_view name) {
    return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

std::string_view parent_path(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view leaf_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

Fd open_directory(const fs::RootDir& tree, std::string_view path) {
    Fd at(openat(tree.fd(), ".", kLookFlags));
    while (at && !path.empty()) {
        const std::string name(path.substr(0, path.find('/')));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        at = Fd(openat(at.get(), name.c_str(), kLookFlags));
    }
    return at;
}

bool has_opaque_mark(int directory) {
    char value;
    // By /proc, as fgetxattr(2) does not take an O_PATH descriptor.
    return getxattr(fs::proc_path(directory).c_str(), fs::opaque_attribute(), &value, 1) ==
               static_cast<ssize_t>(kOpaqueValue.size()) &&
           value == kOpaqueValue.front();
}

std::optional<Seen> StackedView::look(const fs::RootDir& tree, std::string_view path) const {
    Seen seen{open_directory(tree, parent_path(path)), std::string(leaf_of(path)), {}};
    if (path.empty()) seen.name = ".";
    const bool found = seen.parent && stat_in_image(seen.parent.get(), seen.name, seen.status) == 0;
    if (found) return seen;
    if (!is_absence(errno)) throw SysError(errno, "looking at '{}'", printable(path));
    return std::nullopt;
}

std::optional<Seen> StackedView::in_layer(std::string_view path) const {
    return look(layer_, path);
}

bool StackedView::is_opaque(std::string_view path) const {
    const Fd directory = open_directory(layer_, path);
    return directory && has_opaque_mark(directory.get());
}

std::optional<Seen> StackedView::below(std::string_view path) const {
    if (!below_) return std::nullopt;
    Fd at = open_directory(layer_, "");
    for (std::string_view rest = path; at && !rest.empty();) {
        if (has_opaque_mark(at.get())) return std::nullopt;
        const std::string name(rest.substr(0, rest.find('/')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        if (rest.empty()) break;  // the last name is not the layer's to hide
        at = Fd(openat(at.get(), name.c_str(), kLookFlags));
        if (at || errno == ENOENT) continue;
        if (!is_absence(errno)) throw SysError(errno, "looking at '{}'", printable(path));
        return std::nullopt;  // a file, a link, a whiteout
    }
    // Of one layer alone, which is no overlay, the marks themselves are seen.
    auto seen = look(*below_, path);
    return seen && !seen->is_whiteout() ? std::move(seen) : std::nullopt;
}

}  // namespace mincs::layer
