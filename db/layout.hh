// Every path of the store on disk stands in this file and nowhere else (docs/store.md draws the
// tree).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "libcore/base/digest.hh"

namespace mincs::db {

/// Set by the tools for themselves and what they start on the host, where an ordinary user has
/// become root of a user namespace: root's own place would be meant there.
inline constexpr const char* kStoreOfUser = "MINCS_STORE_OF_USER";

class Layout {
 public:
    explicit Layout(std::filesystem::path base) : base_(std::move(base)) {}
    /// $MINCS_DIR, else /var/lib/mincs for root, else $XDG_DATA_HOME/mincs (~/.local/share/mincs).
    static Layout standard();

    const std::filesystem::path& base() const { return base_; }
    std::filesystem::path database() const { return base_ / "mincs.db"; }
    std::filesystem::path blobs() const { return base_ / "blobs"; }
    std::filesystem::path blob(const Digest& digest) const;
    std::filesystem::path partials() const { return base_ / "partial"; }
    /// What has come of a blob whose download broke off; under the lock of its key.
    std::filesystem::path partial(const Digest& digest) const;
    std::filesystem::path layers() const { return base_ / "layers"; }
    std::filesystem::path layer(std::string_view key) const { return layers() / key; }
    std::filesystem::path containers() const { return base_ / "containers"; }
    std::filesystem::path container(std::string_view id) const { return containers() / id; }
    /// Directories for containers without a row (spares.hh).
    std::filesystem::path spares() const { return base_ / "spares"; }
    /// Under the layers of every container's root (librun/mount_places.hh).
    std::filesystem::path mount_places() const { return base_ / "places"; }
    std::filesystem::path mounts() const { return base_ / "mounts"; }
    /// Where `marten mount` shows an image's or a container's root.
    std::filesystem::path mount(std::string_view id) const { return mounts() / id; }
    std::filesystem::path networks() const { return base_ / "networks"; }
    /// What the containers of a network see as /etc/hosts and /etc/resolv.conf.
    std::filesystem::path network_hosts(std::string_view name) const {
        return networks() / name / "hosts";
    }
    std::filesystem::path network_resolvers(std::string_view name) const {
        return networks() / name / "resolv.conf";
    }
    /// Where the keeper of an ordinary user's networks listens; flock: one process looks for it,
    /// and starts one where there is none.
    std::filesystem::path keeper() const { return networks() / ".keeper"; }
    std::filesystem::path keeper_lock() const { return networks() / ".keeper.lock"; }
    std::filesystem::path staging() const { return base_ / "staging"; }
    /// Answers of the database that are remembered (lookups.hh). Any of them may go at any time.
    std::filesystem::path lookups() const { return base_ / "lookups"; }
    std::filesystem::path locks() const { return base_ / "locks"; }
    /// flock: one process at a time makes or migrates the database.
    std::filesystem::path schema_lock() const { return locks() / "schema"; }
    /// flock: shared while something new is made and not yet locked itself, exclusive while a sweep
    /// looks around, so that it never takes a newborn for a dead one.
    std::filesystem::path birth_lock() const { return locks() / "birth"; }
    /// Byte-range locks, one byte a layer or blob (locks.hh).
    std::filesystem::path key_locks() const { return locks() / "keys"; }

 private:
    std::filesystem::path base_;
};

/// The parts of one container's directory; a directory given with -t has the same shape.
struct ContainerDirectory {
    explicit ContainerDirectory(std::filesystem::path directory) : base(std::move(directory)) {}
    std::filesystem::path base;
    std::filesystem::path root() const { return base / "root"; }  ///< mount point
    std::filesystem::path storage() const {
        return base / "storage";
    }                                                             ///< overlay's upper directory
    std::filesystem::path work() const { return base / "work"; }  ///< overlay's work directory
    /// The whole root, where the kernel makes no overlay (librun/private_root.hh): then the storage
    /// says nothing of what the command did.
    std::filesystem::path copy() const { return base / "copy"; }
    /// Of a spare one: what its last owner left, empty, for the next to remove (spares.hh).
    std::filesystem::path left() const { return base / "left"; }
    /// There where fuse-overlayfs has served the root (librun/private_root.hh), and says whether
    /// the storage has notes of its own in it.
    std::filesystem::path served() const { return base / "served"; }
    /// Held (flock) by the running minc, which writes a record of the run into it (run_record.hh).
    std::filesystem::path lock() const { return base / "lock"; }
    /// The ContainerSpec of the last run, as an OCI config.json.
    std::filesystem::path spec() const { return base / "spec.json"; }
    /// What its owner said about it (librun/notes.hh); there where something was said.
    std::filesystem::path notes() const { return base / "notes.json"; }
    /// What a background container's command printed; "log.1" is what came before.
    std::filesystem::path log() const { return base / "log"; }
    /// Unix socket of the supervisor of a background container with a terminal.
    std::filesystem::path attach() const { return base / "attach"; }
    /// The machine that the last run was in, for its monitor (libvm/machine.hh).
    std::filesystem::path machine() const { return base / "machine.json"; }
};

}  // namespace mincs::db
