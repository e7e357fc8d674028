// marten's command line as a value. The commands' options are declared to the parser in
// options_GROUP.cc, one function a command; options.cc puts them together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libregistry/manifest.hh"

namespace mincs::marten {

/// What every list has.
struct ListOptions {
    bool full = false;             ///< --long: whole IDs and names
    std::string format = "table";  ///< table, json, or a line with "{field}" in it
};

// ---- registries (options_registry.cc) ----

struct PullOptions {
    std::vector<std::string> references;
    registry::Platform platform = registry::Platform::host();
    std::optional<std::int64_t> max_size;  ///< bytes of uncompressed layers
    bool quiet = false;
};

struct PushOptions {
    std::string image;
    std::string reference;  ///< as typed; empty: the image's own name
    bool quiet = false;
};

struct CopyOptions {
    std::string
        source;  ///< REF, or oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME]
    std::string destination;                     ///< the same
    std::optional<registry::Platform> platform;  ///< of an index only this; else all of it
    bool quiet = false;
};

struct ListTags {
    std::string repository;
    std::string format = "table";
};

struct RemoteInspect {
    std::string reference;
    registry::Platform platform = registry::Platform::host();
    bool raw = false;  ///< the manifest or index, byte for byte
};

struct LoginOptions {
    std::string registry;  ///< empty: Docker Hub
    std::string user;      ///< empty: asked for
    std::string auth_file;
    bool password_stdin = false;
};

struct LogoutOptions {
    std::string registry;
    std::string auth_file;
    bool all = false;
};

// ---- images as files (options_files.cc) ----

struct ImportOptions {
    std::string source;  ///< a directory, an archive, an OCI layout, or "-"
    std::string name;    ///< as typed; empty: what the archive says, or none
    registry::Platform platform = registry::Platform::host();
    bool cross_mounts = false;
    std::optional<std::int64_t> max_size;  ///< bytes of uncompressed layers
    bool quiet = false;
};

struct SaveOptions {
    std::vector<std::string> images;
    std::string format = "docker-archive";  ///< or oci-archive, oci
    std::string output;                     ///< file or directory; "-": stdout
    bool quiet = false;
};

struct ExportOptions {
    std::string source;  ///< image or container
    std::string output;  ///< "-": stdout
    bool quiet = false;
};

struct CpOptions {
    std::string source;       ///< "CONTAINER:PATH", a path here, or "-": a tar on stdin
    std::string destination;  ///< the same; "-": a tar on stdout
    bool archive = false;     ///< keep owners and attributes
    bool follow = false;      ///< a link as the source means what it leads to
};

struct SnapshotOptions {
    std::string name;
    bool quiet = false;
};

// ---- images (options_images.cc) ----

struct ListImages : ListOptions {
    bool layers = false;  ///< the stacks instead: layer, parent, size, images
};

struct InspectOptions {
    std::vector<std::string> things;  ///< images and containers
    std::string format = "json";
};

struct HistoryOptions : ListOptions {
    std::string image;
};

struct DiffOptions {
    std::string first;  ///< container or image
    std::string
        second;  ///< image; empty: what the container was made from, the image's lower layers
    bool full = false;  ///< --long: with mode, owner, group and size
    std::string format = "table";
};

struct CommitOptions {
    std::string container;
    std::string name;
    std::vector<std::string> changes;  ///< "CMD …", "ENV A=b" as in a Dockerfile
    std::string author;
    std::string message;
    bool squash = false;
    bool quiet = false;
};

struct TagOptions {
    std::string image;
    std::string name;
};

struct UntagOptions {
    std::vector<std::string> names;
};

struct RemoveImages {
    std::vector<std::string> images;
};

struct MountOptions : ListOptions {
    std::vector<std::string> things;  ///< images and containers; none: lists what is mounted
};

struct UnmountOptions {
    std::vector<std::string> things;
    bool all = false;
};

// ---- containers and the store (options_store.cc) ----

struct ListContainers : ListOptions {};

struct RemoveContainers {
    std::vector<std::string> containers;
    bool force = false;  ///< also those that run: they are killed first
};

struct ApplyOptions {
    std::string container;
    bool dry_run = false;  ///< tells and checks only
    bool force = false;    ///< also over what the host has changed since
    bool remove = false;   ///< --rm: the container goes when it is done
    bool full = false;     ///< --long, as diff's
    std::string format = "table";
    bool quiet = false;
};

struct RenameOptions {
    std::string container;
    std::string name;
};

struct GcOptions {
    bool all = false;      ///< images without a name, too, that no container was made from
    bool dry_run = false;  ///< tells only
    std::string format = "table";
};

struct DfOptions : ListOptions {};

struct VerifyOptions {
    std::vector<std::string> images;  ///< none: all
    bool quiet = false;
    bool repair = false;
};

// ---- containers that run (options_run.cc) ----

struct ExecOptions {
    std::string container;
    std::vector<std::string> command;
    std::string user;              ///< UID[:GID] or names of the container's own files
    std::string workdir;           ///< empty: the container's
    std::vector<std::string> env;  ///< NAME=VALUE or NAME
    bool input = false;            ///< the command may read our stdin
    bool terminal = false;
};

struct LogsOptions {
    std::string container;
    std::optional<std::int64_t> tail;  ///< so many lines from the end; none: all
    bool follow = false;
    bool timestamps = false;
};

struct StopOptions {
    std::vector<std::string> containers;
    std::string signal = "TERM";
    std::int64_t seconds = 10;  ///< then it is killed
};

struct KillOptions {
    std::vector<std::string> containers;
    std::string signal = "KILL";
};

struct WaitOptions {
    std::vector<std::string> containers;
};

struct StartOptions {
    std::vector<std::string> containers;
};

struct RestartOptions : StopOptions {};

struct PauseOptions {
    std::vector<std::string> containers;
};

struct UnpauseOptions {
    std::vector<std::string> containers;
};

struct AttachOptions {
    std::string container;
};

struct TopOptions : ListOptions {
    std::string container;
};

struct StatsOptions : ListOptions {
    std::vector<std::string> containers;  ///< none: all that run
    bool once = false;                    ///< --no-stream
};

struct PortOptions : ListOptions {
    std::string container;
};

// ---- networks (options_network.cc) ----

struct NetworkCreate {
    std::string name;
    std::vector<std::string> subnets;  ///< one of each family at most
    bool internal = false;             ///< nothing of it gets out
};

struct NetworkList : ListOptions {};

struct NetworkRemove {
    std::vector<std::string> names;
};

struct NetworkInspect {
    std::vector<std::string> names;
};

struct Options {
    std::variant<PullOptions, PushOptions, CopyOptions, ListTags, RemoteInspect, LoginOptions,
                 LogoutOptions, ImportOptions, SaveOptions, ExportOptions, CpOptions,
                 SnapshotOptions, ListImages, InspectOptions, HistoryOptions, DiffOptions,
                 CommitOptions, TagOptions, UntagOptions, RemoveImages, MountOptions,
                 UnmountOptions, ListContainers, RemoveContainers, RenameOptions, GcOptions,
                 DfOptions, VerifyOptions, ExecOptions, LogsOptions, StopOptions, KillOptions,
                 WaitOptions, StartOptions, RestartOptions, PauseOptions, UnpauseOptions,
                 AttachOptions, TopOptions, StatsOptions, ApplyOptions, PortOptions, NetworkCreate,
                 NetworkList, NetworkRemove, NetworkInspect>
        command;
    bool debug = false;
};

/// Prints help or the version and returns nothing where that was asked for. Throws UsageError.
/// Without any argument: the help on stderr, then UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace mincs::marten
