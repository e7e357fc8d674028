// See directory_cursor.hh.
#include "libcore/layer/directory_cursor.hh"

#include <algorithm>
#include <iterator>

#include "libcore/layer/file_maker.hh"
#include "libcore/layer/note_taker.hh"
#include "libcore/layer/whiteouts.hh"

namespace mincs::layer {
namespace {

/// Takes the first component off `path`.
std::string_view take_component(std::string_view& path) {
    const std::string_view component = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), component.size() + 1));
    return component;
}

constexpr int kLookFlags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

}  // namespace

DirectoryCursor::DirectoryCursor(const fs::RootDir& root, FileMaker& maker, NoteTaker& notes)
    : maker_(maker), notes_(notes) {
    push("", root.open_at(".", O_PATH | O_DIRECTORY));
}

void DirectoryCursor::push(std::string_view name, Fd fd) {
    struct stat status;
    check(fstat(fd.get(), &status), "looking at the directory '{}'", printable(name));
    frames_.push_back({std::string(name), std::move(fd), {status.st_atim, status.st_mtim}});
    if (frames_.size() > 1) path_ += (path_.empty() ? "" : "/") + frames_.back().name;
}

void DirectoryCursor::pop() {
    // What was made in the directory has changed its times; now that we leave it they become what
    // they were: so no list of all directories is needed. A later return to it does the same again.
    const Frame left = std::move(frames_.back());
    frames_.pop_back();
    path_.resize(path_.size() - std::min(path_.size(), left.name.size() + 1));
    check(utimensat(top(), left.name.c_str(), left.times, AT_SYMLINK_NOFOLLOW),
          "setting the times of '{}'", printable(left.name));
}

std::size_t DirectoryCursor::common_depth(std::string_view& path) const {
    std::size_t depth = 1;
    for (; depth < frames_.size() && !path.empty(); ++depth) {
        std::string_view beyond = path;
        if (take_component(beyond) != frames_[depth].name) break;
        path = beyond;
    }
    return depth;
}

int DirectoryCursor::enter(std::string_view path, std::string_view entry) {
    if (path == path_) return top();
    std::string_view rest = path;
    const std::size_t depth = common_depth(rest);
    while (frames_.size() > depth) pop();
    while (!rest.empty()) {
        const std::string name(take_component(rest));
        const std::string_view so_far(path.data(),
                                      static_cast<std::size_t>(rest.data() - path.data()));
        push(name,
             open_or_make(name, rest.empty() ? path : so_far.substr(0, so_far.size() - 1), entry));
    }
    return top();
}

Fd DirectoryCursor::open_or_make(const std::string& name, std::string_view path,
                                 std::string_view entry) {
    Fd found(openat(top(), name.c_str(), kLookFlags));
    if (found) return found;
    // ENOTDIR is also said of a symbolic link.
    if (errno != ENOENT && errno != ENOTDIR)
        throw SysError(errno, "{}: opening the directory '{}'", entry, printable(path));
    struct stat status;
    const bool exists = fstatat(top(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && S_ISLNK(status.st_mode))
        throw Error(
            "{}: '{}' is a symbolic link of the same layer, and nothing is written through one",
            entry, printable(path));
    if (exists && !is_whiteout(status))
        throw Error("{}: '{}' is not a directory", entry, printable(path));
    maker_.make_implied_directory(top(), name, entry);
    // Where it takes a whiteout's place it is a new one, and what is below is no matter.
    if (notes_.takes_any() && !exists) notes_.add_implied(top(), name);
    return Fd(check(openat(top(), name.c_str(), kLookFlags), "{}: opening the directory '{}'",
                    entry, printable(path)));
}

int DirectoryCursor::find(std::string_view path, Fd& holder) const {
    const std::size_t depth = common_depth(path);
    int found = frames_[depth - 1].fd.get();
    while (!path.empty()) {
        Fd next(openat(found, std::string(take_component(path)).c_str(), kLookFlags));
        if (!next) return -1;
        holder = std::move(next);
        found = holder.get();
    }
    return found;
}

void DirectoryCursor::set_root_times(const struct timespec (&times)[2]) {
    std::copy(std::begin(times), std::end(times), frames_.front().times);
}

void DirectoryCursor::finish() {
    while (frames_.size() > 1) pop();
    check(utimensat(top(), "", frames_.front().times, AT_EMPTY_PATH), "setting the root's times");
}

}  // namespace mincs::layer
