// What an ordinary user needs to mount something: a user namespace of his own (user_namespaces(7)),
// and a mount namespace that belongs to it.
#pragma once

#include <sys/types.h>

namespace mincs::container {

/// Enters both; no ID has a number inside yet. Throws Error naming what forbids it. No threads may
/// run.
void unshare_user_namespace();

/// In a namespace just entered by who was `own_uid` and `own_gid` outside: those are `uid` and
/// `gid` inside, and nobody else has a number there. Groups cannot be set then.
void map_own_ids(uid_t uid, uid_t own_uid, gid_t gid, gid_t own_gid);

/// The two together, and becomes that user.
void enter_user_namespace(uid_t uid, gid_t gid);

/// In a namespace that a child of ours has just got: whoever has a number where we are, who are
/// root there, has the same one in it.
void map_same_ids(pid_t child);

/// Root of the one that a process is in which the caller has made that way before, or of a user
/// namespace by its file. For who is not root; SysError where it is not his.
void join_user_namespace(int pidfd);

/// After it: user and group 0 of it, and a mount namespace of one's own.
void become_root_of_joined_namespace();

}  // namespace mincs::container
