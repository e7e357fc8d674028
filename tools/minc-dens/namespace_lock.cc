// See namespace_lock.hh.
#include "tools/minc-dens/namespace_lock.hh"

#include <sched.h>
#include <sys/file.h>

#include <exception>

namespace mincs::dens {

Fd open_own_namespace() {
    return Fd(check(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC),
                    "opening the network namespace"));
}

NamespaceLock::NamespaceLock() : file_(open_own_namespace()) {
    while (flock(file_.get(), LOCK_EX) == -1)
        if (errno != EINTR) throw SysError(errno, "locking the network namespace");
}

InNamespace::InNamespace(int network_namespace) : own_(open_own_namespace()) {
    check(setns(network_namespace, CLONE_NEWNET), "entering the container's network namespace");
}

InNamespace::~InNamespace() {
    if (setns(own_.get(), CLONE_NEWNET) == -1) std::terminate();
}

}  // namespace mincs::dens
