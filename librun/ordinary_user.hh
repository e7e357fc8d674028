// How the tools begin for somebody who is not root.
#pragma once

namespace mincs::run {

/// For root nothing. An ordinary user becomes root of a user namespace
/// (container/lent_ids.hh); the store stays his own ($MINCS_DIR is set). Throws Error saying
/// what forbids it. Before anything else: no threads, no files of the store.
void become_root_if_ordinary_user();

}  // namespace mincs::run
