// See library_search.hh.
#include "tools/polecat/library_search.hh"

#include <elf.h>

#include <cstring>
#include <sstream>

#include "libcore/base/directory.hh"
#include "tools/polecat/glob.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

constexpr int kMaxIncludes = 16;
constexpr int kMaxConfigurations = 1000;

/// glibc's and musl's built-in directories on Debian, Fedora and Alpine. Which of them hold
/// libraries of the right machine is found out by looking.
constexpr const char* kDefaultDirectories[] = {
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/i386-linux-gnu",
    "/usr/lib/i386-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/local/lib",
    "/usr/lib",
    "/lib32",
    "/usr/lib32",
};

/// dl-cache.h of glibc: the "new" format, which all of the last 20 years write.
constexpr std::string_view kCacheMagic = "glibc-ld.so.cache1.1";
struct CacheHeader {
    char magic[20];
    std::uint32_t entry_count;
    std::uint32_t strings_size;
    std::uint32_t unused[5];
};
struct CacheEntry {
    std::int32_t flags;
    std::uint32_t key;    // of the soname, from the header's start
    std::uint32_t value;  // of the path
    std::uint32_t os_version;
    std::uint64_t hwcap;
};

std::string cache_string(std::string_view cache, std::uint32_t offset) {
    if (offset >= cache.size()) return {};
    const std::string_view rest = cache.substr(offset);
    const std::size_t end = rest.find('\0');
    return end == std::string_view::npos ? std::string() : std::string(rest.substr(0, end));
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

}  // namespace

LibrarySearch::LibrarySearch(const fs::RootDir& root, const std::string& ld_library_path)
    : root_(root), environment_(split_path_list(ld_library_path)) {
    read_cache();
    read_conf("/etc/ld.so.conf", 0);
    read_musl_paths();
    standard_.insert(standard_.end(), std::begin(kDefaultDirectories),
                     std::end(kDefaultDirectories));
}

void LibrarySearch::read_cache() {
    const auto file = read_text(root_, "/etc/ld.so.cache");
    if (!file) return;
    const std::size_t start = file->find(kCacheMagic);  // an old-format cache may stand in front
    if (start == std::string::npos || file->size() - start < sizeof(CacheHeader)) return;
    const std::string_view cache = std::string_view(*file).substr(start);
    CacheHeader header;
    std::memcpy(&header, cache.data(), sizeof header);
    for (std::uint64_t i = 0; i < header.entry_count; ++i) {
        const std::size_t at = sizeof header + i * sizeof(CacheEntry);
        if (at + sizeof(CacheEntry) > cache.size()) return;
        CacheEntry entry;
        std::memcpy(&entry, cache.data() + at, sizeof entry);
        const std::string path = cache_string(cache, entry.value);
        if (path.starts_with('/')) cache_[cache_string(cache, entry.key)].push_back(path);
    }
}

void LibrarySearch::read_conf(const std::string& path, int depth) {
    const auto text = read_text(root_, path);
    if (!text || depth > kMaxIncludes || ++configurations_ > kMaxConfigurations) return;
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        line.erase(std::min(line.find('#'), line.size()));
        std::istringstream words(line);
        std::string word;
        if (!(words >> word)) continue;
        if (word == "include") {
            while (words >> word) {
                if (!word.starts_with('/')) word = "/etc/" + word;
                for (const std::string& included : glob(root_, word))
                    read_conf(included, depth + 1);
            }
        } else if (word.starts_with('/')) {
            standard_.push_back(word);
        }
    }
}

void LibrarySearch::read_musl_paths() {
    for (const std::string& path : glob(root_, "/etc/ld-musl-*.path")) {
        const auto text = read_text(root_, path);
        if (!text) continue;
        std::string list = *text;
        replace_all(list, "\n", ":");
        for (const std::string& directory : split_path_list(list)) standard_.push_back(directory);
    }
}

bool LibrarySearch::fits(const std::string& path, const Machine& machine) const {
    const auto [known, is_new] = machines_.try_emplace(path);
    if (is_new) {
        const auto fd = open_regular(root_, path);
        if (const auto elf = fd ? read_elf(fd->get()) : std::nullopt) known->second = elf->machine;
    }
    return known->second != Machine() && known->second == machine;
}

std::vector<std::string> LibrarySearch::variants(const std::string& path,
                                                 const Machine& machine) const {
    const std::size_t slash = path.rfind('/');
    std::vector<std::string> found = {};
    const std::string capabilities = path.substr(0, slash) + "/glibc-hwcaps";
    auto directory = open_if_usable(root_, capabilities, O_RDONLY | O_DIRECTORY);
    if (!directory) return found;
    for (const std::string& level : sorted_names(std::move(*directory), capabilities)) {
        std::string variant = capabilities + "/" + level + path.substr(slash);
        if (fits(variant, machine)) found.push_back(std::move(variant));
    }
    return found;
}

std::string LibrarySearch::find(const std::string& name, const Asker& asker) const {
    if (name.find('/') != std::string::npos)
        return fits(name, asker.machine) ? name : std::string();
    const auto find_in = [&](const std::vector<std::string>& directories) -> std::string {
        for (const std::string& directory : directories) {
            std::string path = directory + "/" + name;
            if (fits(path, asker.machine)) return path;
        }
        return {};
    };
    // ld.so(8): DT_RPATH counts only where there is no DT_RUNPATH; the caller has seen to that.
    for (const auto* directories : {&asker.rpath, &environment_, &asker.runpath}) {
        std::string path = find_in(*directories);
        if (!path.empty()) return path;
    }
    if (const auto cached = cache_.find(name); cached != cache_.end())
        for (const std::string& path : cached->second)
            // The cache's variants for newer processors are not for every machine the bundle may
            // meet.
            if (path.find("/glibc-hwcaps/") == std::string::npos && fits(path, asker.machine))
                return path;
    return find_in(standard_);
}

std::vector<std::string> LibrarySearch::expand(const std::vector<std::string>& directories,
                                               const std::string& origin) {
    std::vector<std::string> expanded;
    for (std::string directory : directories) {
        for (const char* form : {"$ORIGIN", "${ORIGIN}"}) replace_all(directory, form, origin);
        for (const char* form : {"$PLATFORM", "${PLATFORM}"})
            replace_all(directory, form, "x86_64");
        const bool has_lib = directory.find("$LIB") != std::string::npos ||
                             directory.find("${LIB}") != std::string::npos;
        for (const char* lib : {"lib/x86_64-linux-gnu", "lib64", "lib"}) {
            std::string variant = directory;
            for (const char* form : {"$LIB", "${LIB}"}) replace_all(variant, form, lib);
            expanded.push_back(variant);
            if (!has_lib) break;
        }
    }
    return expanded;
}

}  // namespace mincs::polecat
