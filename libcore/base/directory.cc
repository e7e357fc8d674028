// See directory.hh.
#include "libcore/base/directory.hh"

#include <dirent.h>

#include <algorithm>
#include <memory>

namespace mincs {
namespace {

struct CloseDir {
    void operator()(DIR* dir) const { closedir(dir); }
};

}  // namespace

std::vector<std::string> sorted_names(int directory, const std::string& path) {
    return sorted_names(Fd(check(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                 "reading the directory '{}'", printable(path))),
                        path);
}

std::vector<std::string> sorted_names(Fd directory, const std::string& path) {
    const std::unique_ptr<DIR, CloseDir> stream(fdopendir(directory.get()));
    if (!stream) throw SysError(errno, "reading the directory '{}'", printable(path));
    directory.release();
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* found = readdir(stream.get())) {
        const std::string name = found->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) throw SysError(errno, "reading the directory '{}'", printable(path));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace mincs
