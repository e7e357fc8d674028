// See first_files.hh.
#include "tools/polecat/first_files.hh"

#include <fcntl.h>
#include <sys/stat.h>

#include "tools/polecat/elf_file.hh"

namespace mincs::polecat {
namespace {

constexpr off_t kMostBytes = 32 << 20;

bool is_elf(const fs::RootDir& root, const std::string& path) {
    return read_elf(root.open_no_links(path, O_RDONLY | O_NONBLOCK).get()).has_value();
}

}  // namespace

std::set<std::string> opened_files(const Closure& closure, const std::vector<TracedRun>& runs) {
    std::set<std::string> opened;
    for (const TracedRun& run : runs)
        for (const auto& [path, touch] : run.trace) {
            const auto packed = closure.files().find(path);
            if (packed != closure.files().end() && S_ISREG(packed->second.info.st_mode) &&
                (touch.uses & (kOpen | kExecute)))
                opened.insert(path);
        }
    return opened;
}

std::vector<std::string> first_files(const fs::RootDir& root, const Closure& closure,
                                     const std::string& program,
                                     const std::set<std::string>& opened) {
    Closure loaded(root, closure.options());
    loaded.add(program, "the command");
    for (const std::string& path : opened)
        if (is_elf(root, path)) loaded.add(path, "a run");
    std::vector<std::string> wanted = loaded.order();
    for (const std::string& path : opened)
        if (!loaded.files().contains(path)) wanted.push_back(path);
    std::vector<std::string> first;
    off_t left = kMostBytes;
    for (const std::string& path : wanted) {
        const auto packed = closure.files().find(path);
        if (packed == closure.files().end() || packed->second.info.st_size > left) continue;
        if (first.size() == kMostFirstFiles) break;
        first.push_back(path);
        left -= packed->second.info.st_size;
    }
    return first;
}

}  // namespace mincs::polecat
