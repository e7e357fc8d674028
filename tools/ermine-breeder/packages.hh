// Debian packages that are fetched and unpacked, never installed: the host's dpkg and apt stay as
// they are. apt checks what it fetches by the archive's signatures. Works for an ordinary user, and
// for another architecture than the host's, by package lists of our own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/progress.hh"

namespace mincs::breeder {

struct Package {
    std::string name;
    std::string version;
    std::int64_t size = 0;  ///< bytes of the .deb
    std::string depends;    ///< the field as it stands
};

/// The first paragraph of what apt-cache(8) shows; nothing where it shows none.
std::optional<Package> parse_package(const std::string& text);

/// The first name in a Depends field that begins with `prefix`; empty where there is none. A
/// package such as linux-image-amd64 is but a pointer to another.
std::string dependency(const std::string& depends, const std::string& prefix);

class Packages {
 public:
    /// For "x86_64", "arm64", or "um", which is a program of the host's. `scratch` is where package
    /// lists of our own go, where they are needed.
    Packages(const std::string& arch, std::filesystem::path scratch, Progress& progress);

    /// The candidate for installation. Throws Error where the archive knows none.
    Package find(const std::string& name);
    /// What the package `name` points to by a dependency on PREFIX….
    Package find_behind(const std::string& name, const std::string& prefix);

    /// Fetches it and unpacks it below `directory`, which must not exist.
    void fetch(const Package& package, const std::filesystem::path& directory);

 private:
    std::optional<Package> show(const std::string& name) const;
    std::vector<std::string> command(const char* program) const;
    void make_own_lists();

    std::string debian_arch_;
    std::filesystem::path scratch_;
    Progress& progress_;
    bool own_lists_ = false;
};

/// "amd64" or "arm64"
std::string debian_architecture(const std::string& arch);

}  // namespace mincs::breeder
