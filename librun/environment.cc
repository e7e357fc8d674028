// See environment.hh.
#include "librun/environment.hh"

#include <algorithm>
#include <cstdlib>

#include "libcore/base/files.hh"

namespace mincs::run {
namespace {

std::string_view name_of(std::string_view variable) {
    return variable.substr(0, variable.find('='));
}

}  // namespace

void set_variable(std::vector<std::string>& env, const std::string& variable) {
    for (std::string& existing : env) {
        if (name_of(existing) != name_of(variable)) continue;
        existing = variable;
        return;
    }
    env.push_back(variable);
}

void set_default(std::vector<std::string>& env, const std::string& variable) {
    for (const std::string& existing : env)
        if (name_of(existing) == name_of(variable)) return;
    env.push_back(variable);
}

void set_wanted(std::vector<std::string>& env, const std::string& wanted) {
    if (wanted.empty() || wanted.starts_with('='))
        throw UsageError("'{}' is not NAME or NAME=VALUE", printable(wanted));
    if (wanted.find('=') != std::string::npos) {
        set_variable(env, wanted);
    } else if (const char* value = std::getenv(wanted.c_str())) {
        set_variable(env, fmt::format("{}={}", wanted, value));
    }
}

std::vector<std::string> lines_of_env_file(const std::string& path) {
    const std::string text = read_file(path);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        at = end + 1;
        line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.ends_with('\r')) line.pop_back();
        if (line.find('\0') != std::string::npos)
            throw Error("'{}' has a zero byte in it", printable(path));
        if (!line.empty() && line.front() != '#') lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace mincs::run
