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

/// Nothing that goes wrong here matters.
void read_ahead(const fs::RootDir& root, const std::string& path) {
    const Fd file = root.open_no_links(path, O_RDONLY | O_NONBLOCK);
    struct stat info;
    if (fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode))
        readahead(file.get(), 0, static_cast<std::size_t>(info.st_size));
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
