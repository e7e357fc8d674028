// See working_directory.hh.
#include "tools/polecat/working_directory.hh"

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string_view>

namespace mincs::polecat {

bool may_show(const std::string& directory) {
    if (!directory.starts_with('/') || directory == "/") return false;  // "(unreachable)/…"
    const std::string_view top = std::string_view(directory).substr(1, directory.find('/', 1) - 1);
    for (const std::string_view own : {"bin", "boot", "dev", "etc", "lib", "lib32", "lib64",
                                       "libx32", "proc", "sbin", "sys", "usr"})
        if (top == own) return false;
    // Directories of the system that the application may keep something of its own in.
    return directory != "/run" && directory != "/var" && directory != "/opt" && directory != "/srv";
}

std::optional<std::string> shown_working_directory() {
    struct Free {
        void operator()(char* text) const { std::free(text); }
    };
    const std::unique_ptr<char, Free> directory(getcwd(nullptr, 0));
    if (!directory || !may_show(directory.get())) return std::nullopt;
    return std::string(directory.get());
}

}  // namespace mincs::polecat
