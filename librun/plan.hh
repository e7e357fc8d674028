// Where the store meets the engine: from what a person typed (a root and options) to a container on
// disk and the ContainerSpec that boots it. minc runs the result, polecat traces it.
#pragma once

#include <linux/filter.h>

#include <optional>
#include <string>
#include <vector>

#include "db/containers.hh"
#include "db/layout.hh"
#include "db/store.hh"
#include "libcore/container/architectures.hh"
#include "libcore/container/emulation.hh"
#include "libcore/container/spec.hh"
#include "librun/machine.hh"
#include "librun/network.hh"
#include "librun/network_guard.hh"
#include "librun/notes.hh"
#include "librun/private_root.hh"
#include "librun/user_network.hh"

namespace mincs::run {

struct RootSource;

/// Request::seccomp without a file.
inline constexpr const char* kUnconfined = "unconfined";

/// minc's options as values; polecat fills a few of them.
struct Request {
    std::string root;      ///< directory, image name or ID, "host"; empty: the host's own root
    std::string reuse;     ///< -t: container name or ID, or a directory of a container's shape
    bool direct = false;   ///< -D: the root itself, no overlay
    bool keep = false;     ///< -k
    bool remove = false;   ///< --rm
    bool is_brief = true;  ///< may be over before anybody asks: no row, nor a directory of its own,
                           ///< before it has run for a while
    std::string name;      ///< --name: the container's, and its host name
    std::string user;      ///< --user UID[:GID] or names of the root's passwd and group
    std::vector<std::string> binds;          ///< -b HOST:DIR[:ro]
    std::vector<std::string> tmpfs;          ///< --tmpfs DIR[:OPTION,...]
    std::vector<std::string> env_files;      ///< --env-file: as env, a line each; before it
    std::vector<std::string> env;            ///< -e NAME=VALUE or NAME
    std::vector<std::string> cap_add;        ///< --cap-add: names, or ALL
    std::vector<std::string> cap_drop;       ///< --cap-drop: names, or ALL
    std::vector<container::Rlimit> rlimits;  ///< --ulimit
    std::string workdir;                     ///< -w
    std::optional<std::string> entrypoint;   ///< --entrypoint; "" drops the image's
    std::vector<std::string> sysctls;        ///< --sysctl NAME=VALUE
    bool init = false;                       ///< --init
    bool privileged = false;
    bool usedev = false;   ///< --usedev: the host's /dev
    bool debugfs = false;  ///< --debugfs
    bool x11 = false;      ///< -X
    bool read_only = false;
    std::string cross;       ///< --cross: programs of this architecture are run, too
    bool emulates = false;   ///< without --cross those of the image's
    std::string seccomp;     ///< --seccomp: a profile's file, or kUnconfined; empty: the built-in
    NetworkRequest network;  ///< --net, -p
    bool host_sockets = false;  ///< --host-sockets
    bool terminal = false;
    bool background = false;  ///< -B: it outlives the caller, and is kept unless `remove` says else
    std::int64_t log_size = container::kDefaultLogSize;  ///< --log-size, of one in the background
    Notes notes;  ///< --memo, --start-hook, --stop-hook; empty texts take them back
    container::Resources resources;
    MachineRequest machine;            ///< --qemu, --um
    std::vector<std::string> command;  ///< empty: the image's, else a shell
};

/// A container made ready. Its directory and row go with the plan unless it is to be kept.
class Plan {
 public:
    /// The network that the request wants, which may be that of a container used again.
    static NetworkRequest network_of(db::Store& store, const Request& request);
    /// Throws UsageError or Error before anything is left on disk. `store` must outlive the plan.
    static Plan make(db::Store& store, const Request& request);
    /// The last run of a container once more, as its spec.json tells it.
    static Plan again(db::Store& store, const db::Container& container);
    Plan(Plan&&) noexcept;
    ~Plan();

    const container::ContainerSpec& spec() const { return spec_; }
    /// What StartOptions::filter wants for it.
    const std::vector<sock_filter>& filter() const { return filter_; }
    /// The container's ID, and whether it stays.
    const std::string& id() const { return spec_.id; }
    /// Empty where it has none.
    std::string name() const { return container_ ? container_->name : ""; }
    bool keep() const { return keep_; }
    /// For whoever runs it as it is: the overlay of an ordinary user's that the kernel refuses
    /// becomes one of fuse-overlayfs's, or a root of its own (private_root.hh).
    void settle_root();
    /// A process without which its root is none (StartOptions::lifeline); -1: there is none.
    int lifeline() const { return served_root_ ? served_root_->server() : -1; }
    /// Host directories that make up the root as it was before the run, topmost first (one for a
    /// plain directory): what fs::open_merged takes.
    const std::vector<std::string>& lower() const { return lower_; }
    /// It will not be run after all: a container made for it goes, whatever was asked for.
    void drop();
    /// Removes what the last one left of the directory that this one has. For once the command
    /// runs, as there is time then.
    void tidy();
    /// Writes down that it runs now, and as what (spec.json): others may look at it, and join it. A
    /// container that goes, and has no name, has no row before; until then it keeps its image by a
    /// lock.
    void started(pid_t pid);
    /// Writes down how it ended, and gives back what it had of a network.
    void ended(int exit_status);
    /// Of the network that it joins; -1: none.
    int joined_network() const { return joined_network_ ? joined_network_.get() : -1; }
    /// Where its bridge is, for an ordinary user's: before start_network().
    void set_user_network(std::optional<UserNetwork> network);
    bool has_user_network() const { return user_network_.has_value(); }
    /// Begins to make its network, if that takes more than the kernel does by itself; nullptr: it
    /// does not. The plan keeps the guard until the container has ended.
    NetworkGuard* start_network();
    /// Has programs for another machine run as the spec says. What that takes of the host is the
    /// plan's until the container has ended.
    container::ForeignPrograms start_emulation();
    /// Where the store is not open all the time of a run: the one that the plan's end needs, or
    /// none.
    void use_store(db::Store* store) { store_ = store; }
    const db::ContainerDirectory& directory() const { return *directory_; }

 private:
    Plan() = default;
    /// The steps of make() at which something comes to lie on disk: a new container, its lock.
    void create(const Request& request, const RootSource& root);
    /// The last step of make(): takes or creates the container on disk, with its lock.
    void claim(const Request& request, const RootSource& root, std::optional<db::Container> reused,
               std::optional<db::ContainerDirectory> directory);

    /// Those that are kept, under those that are asked for.
    void take_notes(const Notes& wanted);

    /// The last step of all for a container that is to run in a machine.
    void move_into(const MachineRequest& request, const container::Architecture& machine);

    /// Of again(): the network as it is now, whose address or namespace may be another one.
    void renew_network(db::Store& store);
    void lease();
    void end_network();

    db::Store* store_ = nullptr;
    container::ContainerSpec spec_;
    Fd joined_network_;
    std::optional<UserNetwork> user_network_;
    std::optional<NetworkGuard> network_guard_;
    std::optional<container::Emulation> emulation_;
    bool has_lease_ = false;
    std::vector<sock_filter> filter_;
    std::vector<std::string> lower_;
    std::optional<db::Container> container_;
    bool made_here_ = false;                   ///< the container is new, and not one used again
    bool is_recorded_ = false;                 ///< it has a row
    std::optional<db::ImageLock> image_lock_;  ///< where it has none
    std::optional<db::ContainerDirectory> directory_;
    std::optional<FileLock> lock_;
    std::optional<ServedRoot> served_root_;  ///< goes before the lock
    bool keep_ = false;
};

}  // namespace mincs::run
