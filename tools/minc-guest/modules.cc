// See modules.hh.
#include "tools/minc-guest/modules.hh"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/base/log.hh"

namespace mincs::guest {

void load_modules(const std::string& directory) {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory, none))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& path : files) {
        const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
        // One that is built in already is no matter.
        if (syscall(SYS_finit_module, file.get(), "", 0) == -1 && errno != EEXIST)
            warning("loading the module '{}': {}, ignoring", path.filename().native(),
                    SysError::errno_text(errno));
    }
}

}  // namespace mincs::guest
