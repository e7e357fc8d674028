// How the tools begin for somebody who is not root.
#pragma once

#include <optional>

#include "librun/network.hh"
#include "librun/user_network.hh"

namespace mincs::run {

/// For root nothing. An ordinary user becomes root of a user namespace
/// (container/lent_ids.hh); the store stays his own (db::kStoreOfUser). Throws Error saying
/// what forbids it. Before anything else: no threads, no files of the store.
void become_root_if_ordinary_user();

/// The same for who starts a container with this network. To make a bridge, or join a namespace,
/// one must be root of the user namespace that it belongs to: then that one is joined. Where the
/// network is one with a bridge, what is returned keeps its host. Throws Error with what failed.
std::optional<UserNetwork> become_root_for(const NetworkRequest& network);

}  // namespace mincs::run
