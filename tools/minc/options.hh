// minc's command line as a value.
#pragma once

#include <string>
#include <vector>

#include "librun/plan.hh"

namespace mincs::minc {

struct Options {
    run::Request request;
    std::string cidfile;        ///< --cidfile: where the container's ID is written
    std::string ftrace;         ///< --ftrace: the script that says what is traced
    std::string ftrace_output;  ///< --ftrace-output; empty: a file in the working directory
    bool terminal = false;      ///< --tty: of a container in the background
    bool print_spec = false;    ///< --spec
    bool debug = false;         ///< --debug
};

/// Parses argv. Throws UsageError; returns nothing where the text of --help or --version was
/// printed to stdout.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace mincs::minc
