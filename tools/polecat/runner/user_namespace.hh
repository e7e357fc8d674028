// What an ordinary user needs to mount something: a user namespace of the runner's own, in which it
// is root (user_namespaces(7)), and a mount namespace that belongs to it.
#pragma once

#include <sys/types.h>

namespace mincs::polecat {

/// Enters both. The caller's user and group are `uid` and `gid` inside; nobody else has a number
/// there. Throws Error with the cause where that is forbidden. No threads may run.
void enter_user_namespace(uid_t uid, gid_t gid);

}  // namespace mincs::polecat
