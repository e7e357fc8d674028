// See processes.hh.
#include "libcore/container/processes.hh"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "libcore/base/directory.hh"
#include "libcore/base/fd.hh"

namespace mincs::container {
namespace {

Fd open_pid_namespace(pid_t pid) {
    return Fd(open(fmt::format("/proc/{}/ns/pid", pid).c_str(), O_RDONLY | O_CLOEXEC));
}

/// Namespaces are told apart by their files in nsfs (namespaces(7)).
bool is_same(const Fd& one, const Fd& other) {
    struct stat first, second;
    return fstat(one.get(), &first) == 0 && fstat(other.get(), &second) == 0 &&
           first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

/// Whether the process lives in the namespace `top` or below it.
bool is_in(pid_t pid, const Fd& top, const Fd& ours) {
    Fd space = open_pid_namespace(pid);
    while (space && !is_same(space, ours)) {
        if (is_same(space, top)) return true;
        space = Fd(ioctl(space.get(), NS_GET_PARENT));  // EPERM above our own
    }
    return false;
}

}  // namespace

std::vector<pid_t> processes_of(pid_t init) {
    const Fd top = open_pid_namespace(init), ours = open_pid_namespace(getpid());
    if (!top || is_same(top, ours)) return {};
    Fd all(check(open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "reading /proc"));
    std::vector<pid_t> found;
    for (const std::string& name : sorted_names(std::move(all), "/proc")) {
        pid_t pid = 0;
        const char* end = name.data() + name.size();
        const auto [last, code] = std::from_chars(name.data(), end, pid);
        if (code == std::errc() && last == end && is_in(pid, top, ours)) found.push_back(pid);
    }
    std::sort(found.begin(), found.end());
    const auto first = std::find(found.begin(), found.end(), init);
    if (first != found.end()) std::rotate(found.begin(), first, first + 1);
    return found;
}

}  // namespace mincs::container
