// The network in which an ordinary user's containers have their bridges, as those of root have them
// on the host: a network namespace in a user namespace of his, kept by a process of minc-dens
// (tools/minc-dens/keeper.hh) while any of them runs.
#pragma once

#include <optional>
#include <string>

#include "db/layout.hh"
#include "libcore/base/fd.hh"

namespace mincs::run {

/// A connection to the keeper of a store's network, which is there as long as somebody has one.
class UserNetwork {
 public:
    /// The one that is kept, or a new one. For an ordinary user, in the namespaces that he was born
    /// in. Throws Error with what failed.
    static UserNetwork open(const db::Layout& layout);

    /// Becomes root of its user namespace, with a mount namespace of its own. No threads may run.
    void enter() const;
    /// A new network namespace, for a container to join. What one makes by being cloned cannot be
    /// opened here: its process hides, and an ordinary user may not look at it then (ptrace(2)).
    static Fd make_network_namespace();
    int network_namespace() const { return network_.get(); }
    int keeper() const { return keeper_.get(); }

 private:
    UserNetwork() = default;
    bool receive();

    Fd keeper_;
    Fd user_;
    Fd network_;
};

/// The keeper of a store's network removes what nobody uses (network_guard.hh); nothing where there
/// is none, and so nothing left.
std::optional<std::string> sweep_by_keeper(const db::Layout& layout, const std::string& lines);
/// Whether there is one.
bool has_keeper(const db::Layout& layout);

}  // namespace mincs::run
