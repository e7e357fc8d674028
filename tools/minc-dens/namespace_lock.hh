// One process at a time changes what containers share of a network namespace, whatever store they
// are of: the lock is on the namespace itself (flock(2) on its file, nsfs), so it needs no place on
// the disk and is gone with its holder.
#pragma once

#include "libcore/base/fd.hh"

namespace mincs::dens {

class NamespaceLock {
 public:
    /// Of the namespace that the thread is in. Waits.
    NamespaceLock();

 private:
    Fd file_;
};

/// The thread is in another network namespace while this lives.
class InNamespace {
 public:
    explicit InNamespace(int network_namespace);
    InNamespace(const InNamespace&) = delete;
    /// Ends the process where the way back fails: it would go on in the wrong one.
    ~InNamespace();

 private:
    Fd own_;
};

/// A file of the calling thread's network namespace.
Fd open_own_namespace();

}  // namespace mincs::dens
