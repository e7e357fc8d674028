// polecat's command line as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/polecat/bundle.hh"
#include "tools/polecat/pack.hh"

namespace mincs::polecat {

/// What is to be done; `polecat trace` and `polecat pack` are its two halves.
enum class Action { kBundle, kTrace, kPack };

struct Options {
    Action action = Action::kBundle;
    std::string root;                  ///< directory, image or "host"
    std::vector<std::string> command;  ///< may be empty with a script or, to trace, --run
    std::vector<std::string> runs;     ///< --run: more command lines to trace
    std::vector<std::string> traces;   ///< --trace: files that `polecat trace` wrote
    std::string script;                ///< -s
    std::string output;                ///< -o; by default the command's name with ".sh"
    bool verify = true;                ///< not with --no-verify
    BundleFormat format = BundleFormat::kShell;
    PackCompression compression = PackCompression::kZstd;  ///< --comp
    std::uint32_t block_size = 128u << 10;                 ///< --block; bytes
    bool small = false;                                    ///< --small
    bool fast = false;                                     ///< --fast
    bool home = false;                                     ///< --home
    std::string cwd;                                       ///< --cwd; empty: the caller's
    bool no_network = false;                               ///< --net none
    bool x11 = false;
    bool wayland = false;
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
