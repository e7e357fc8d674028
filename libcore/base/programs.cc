// See programs.hh.
#include "libcore/base/programs.hh"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace mincs {

std::optional<std::string> find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const std::string file = std::string(rest.substr(0, end)) + "/" + name;
        if (file.starts_with('/') && access(file.c_str(), X_OK) == 0) return file;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return std::nullopt;
}

std::vector<char*> to_c_array(const std::vector<std::string>& strings) {
    std::vector<char*> array;
    for (const std::string& text : strings) array.push_back(const_cast<char*>(text.c_str()));
    array.push_back(nullptr);
    return array;
}

}  // namespace mincs
