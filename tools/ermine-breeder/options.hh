// ermine-breeder's command line as a value.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace mincs::breeder {

enum class Action { kDistro, kBuild, kClean, kTestrun, kConfig };

struct Options {
    Action action = Action::kDistro;
    std::string arch;    ///< to clean: empty for all; else one of ermine::kArchitectures
    std::string kind;    ///< --kind, to test and clean; empty: the best, all
    std::string init;    ///< --init; empty: minc-guest
    int jobs = 0;        ///< -j, to build; 0: one a processor
    bool shell = false;  ///< --shell, to test
    std::chrono::seconds timeout{60};  ///< -T, to test
    bool quiet = false;
    bool debug = false;
};

/// Parses argv. Throws UsageError; returns nothing where the text of --help or --version was
/// printed to stdout.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace mincs::breeder
