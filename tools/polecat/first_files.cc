// See first_files.hh.
#include "tools/polecat/first_files.hh"

namespace mincs::polecat {
namespace {

constexpr off_t kMostBytes = 32 << 20;

}  // namespace

std::vector<std::string> first_files(const fs::RootDir& root, const Closure& closure,
                                     const std::string& program) {
    Closure loaded(root, closure.options());
    loaded.add(program, "the command");
    std::vector<std::string> first;
    off_t left = kMostBytes;
    for (const std::string& path : loaded.order()) {
        const auto packed = closure.files().find(path);
        if (packed == closure.files().end() || packed->second.info.st_size > left) continue;
        if (first.size() == kMostFirstFiles) break;
        first.push_back(path);
        left -= packed->second.info.st_size;
    }
    return first;
}

}  // namespace mincs::polecat
