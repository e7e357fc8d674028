// marten's command line as a value.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libregistry/manifest.hh"

namespace mincs::marten {

enum class Format { kTable, kJson };

struct PullOptions {
    std::vector<std::string> references;
    registry::Platform platform = registry::Platform::host();
    bool quiet = false;
};

/// li and lc.
struct ListOptions {
    bool full = false;  ///< --long: whole IDs and names
    Format format = Format::kTable;
};

struct ListImages : ListOptions {};
struct ListContainers : ListOptions {};

struct RemoveContainers {
    std::vector<std::string> containers;
};

struct RemoveImages {
    std::vector<std::string> images;
};

struct ImportOptions {
    std::string directory;
    std::string name;  ///< as typed; empty: none
    bool cross_mounts = false;
    bool quiet = false;
};

struct TagOptions {
    std::string image;
    std::string name;
};

struct Options {
    std::variant<PullOptions, ListImages, ListContainers, RemoveContainers, RemoveImages,
                 ImportOptions, TagOptions>
        command;
    bool debug = false;
};

/// Prints help or the version and returns nothing where that was asked for. Throws UsageError.
/// Without any argument: the help on stderr, then UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace mincs::marten
