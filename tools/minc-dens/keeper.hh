// The network that is the host to an ordinary user's containers: a user namespace of his and in it
// a network namespace, where their bridges, rules and pairs are what they are on the host for root.
// A way out leads from there to the world (way_out.hh). One process keeps it, for all containers of
// a store, and goes when the last of them has ended.
#pragma once

namespace mincs::dens {

/// stdin is a socket that listens in the store; who connects is given both namespaces, or told what
/// failed, and keeps them by keeping the connection (librun/user_network.hh):
///
///     a minc, a minc-dens                    the keeper
///     -------------------                    ----------
///     connects                     ------->
///                                  <-------  'u' and the user namespace, 'n' and the network's; or
///                                            "failed" with why, a line end, and a hint
///     "sweep", networks (guard.hh) ------->
///                                  <-------  "swept" and the bridges that stay
///     its end                      ------->
///
/// Returns the exit status.
int keep_network();

}  // namespace mincs::dens
