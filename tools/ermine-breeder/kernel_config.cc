// See kernel_config.hh.
#include "tools/ermine-breeder/kernel_config.hh"

#include <set>

#include "libcore/base/error.hh"

namespace mincs::breeder {
namespace {

/// The lines "CONFIG_X=…"; comments, among them "# CONFIG_X is not set", say nothing.
std::set<std::string> settings(std::string_view text) {
    std::set<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (text.starts_with("CONFIG_")) lines.emplace(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// Whether `name` has any value among the sorted lines.
bool is_set(const std::set<std::string>& lines, const std::string& name) {
    const auto next = lines.lower_bound(name + "=");
    return next != lines.end() && next->starts_with(name + "=");
}

}  // namespace

std::string fragment_for(const std::string& arch) {
    if (arch == "x86_64") return kQemuFragment;
    if (arch == "um") return kUmFragment;
    throw UsageError("no kernel of our own is built for '{}'", arch)
        .with_hint("'ermine-breeder distro --arch " + arch + "' takes the distribution's");
}

std::string effective(std::string_view fragment) {
    std::string text;
    for (const std::string& line : settings(fragment)) text += line + "\n";
    return text;
}

std::vector<std::string> lines_not_taken(std::string_view fragment, std::string_view config) {
    const std::set<std::string> have = settings(config);
    std::vector<std::string> missing;
    for (const std::string& line : settings(fragment)) {
        const std::size_t equals = line.find('=');
        const bool off = line.substr(equals) == "=n";
        if (off ? is_set(have, line.substr(0, equals)) : !have.contains(line))
            missing.push_back(line);
    }
    return missing;
}

}  // namespace mincs::breeder
