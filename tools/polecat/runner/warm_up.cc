// See warm_up.hh.
#include "tools/polecat/runner/warm_up.hh"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcore/base/fd.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::polecat {
namespace {

/// The kernel reads no more at one request than the file system's read-ahead, which FUSE keeps at
/// this (force_page_cache_ra() of mm/readahead.c).
constexpr off_t kStep = 128 << 10;  // bytes

/// Nothing that goes wrong here matters.
void read_ahead(const fs::RootDir& root, const std::string& path) {
    const Fd file = root.open_no_links(path, O_RDONLY | O_NONBLOCK);
    struct stat info;
    if (fstat(file.get(), &info) == -1 || !S_ISREG(info.st_mode)) return;
    for (off_t at = 0; at < info.st_size; at += kStep)
        readahead(file.get(), at, static_cast<std::size_t>(kStep));
}

}  // namespace

Child warm_up(const std::string& place, const std::vector<std::string>& files) {
    if (files.empty() || sysconf(_SC_NPROCESSORS_ONLN) < 2) return {};
    return Child::clone(0, [&] {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const fs::RootDir root = fs::RootDir::open(place);
        for (const std::string& path : files) {
            try {
                read_ahead(root, path);
            } catch (const Error&) {
            }
        }
        return 0;
    });
}

}  // namespace mincs::polecat
