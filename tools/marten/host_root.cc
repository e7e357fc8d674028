// See host_root.hh.
#include "tools/marten/host_root.hh"

#include "libcore/base/files.hh"

namespace mincs::marten {
namespace {

/// Files that the kernel swaps to (proc(5)): "/swapfile  file  1048572 …" behind a heading. What is
/// in them is the memory of processes.
std::vector<std::string> swap_files() {
    std::vector<std::string> files;
    const std::string table = read_file_if_exists("/proc/swaps").value_or("");
    for (std::size_t at = table.find('\n'); at + 1 < table.size(); at = table.find('\n', at + 1)) {
        const std::size_t end = table.find_first_of(" \t\n", at + 1);
        const std::string name = table.substr(at + 1, end - at - 1);
        if (name.starts_with('/') && !name.starts_with("/dev/")) files.push_back(name.substr(1));
        if (table.find('\n', at + 1) == std::string::npos) break;
    }
    return files;
}

}  // namespace

bool is_of_the_host(const db::Container& container) {
    return container.image_id.empty() && container.root == "host";
}

std::vector<std::string> not_of_the_host(const db::Store& store) {
    std::vector<std::string> paths = {"proc/*", "sys/*", "dev/*", "run/*", "tmp/*"};
    const auto base = std::filesystem::canonical(store.layout().base());
    paths.push_back(base.relative_path().native());
    for (std::string& file : swap_files()) paths.push_back(std::move(file));
    return paths;
}

}  // namespace mincs::marten
