// polecat's command line as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/polecat/bundle.hh"

namespace mincs::polecat {

struct Options {
    std::string root;  ///< directory, image or "host"
    std::vector<std::string> command;
    std::string output;  ///< -o; by default the command's name with ".sh"
    BundleFormat format = BundleFormat::kShell;
    std::optional<std::chrono::seconds> timeout;  ///< -T
    std::vector<std::string> binds;               ///< -b HOST:DIR[:ro]
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::string report;  ///< file
    bool debug = false;
};

/// Parses argv. Throws UsageError; returns nothing where the text of --help or --version was
/// printed to stdout.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace mincs::polecat
