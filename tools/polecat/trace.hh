// Watches a command: which paths does it name, and do they exist? By seccomp user notification
// (seccomp_unotify(2)): every call of path_calls.hh stops the caller until the supervisor, a thread
// here, has read the path and lets the kernel go on with the call
// (SECCOMP_USER_NOTIF_FLAG_CONTINUE). The answer is never ours, so nothing here is a security
// boundary: a path changed behind our back costs a file in the bundle, no more.
#pragma once

#include <linux/seccomp.h>

#include <exception>
#include <map>
#include <string>
#include <thread>

#include "libcore/base/fd.hh"
#include "tools/polecat/path_calls.hh"

namespace mincs::polecat {

/// What happened to one path.
struct Touch {
    unsigned uses = 0;     ///< bits of Use
    bool existed = false;  ///< it was there at least once
    bool missing = false;  ///< it was not there at least once
};

/// Absolute paths inside the command's root, as the command named them: links and ".." are not
/// resolved. Nothing of /proc, /sys and /dev, which every container gets from the kernel.
using Trace = std::map<std::string, Touch>;

/// The supervisor of one command and all its descendants. Owns the listener.
class Tracer {
 public:
    /// Starts the thread. Whoever starts processes by clone does that before.
    explicit Tracer(Fd listener);
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    ~Tracer();

    /// Ends when the last watched process has ended or, failing that, as soon as no call waits for
    /// an answer. Call once, after the command was waited for. Throws what stopped the thread too
    /// early.
    Trace finish();

 private:
    void run();
    void supervise();
    void answer(const seccomp_notif& call);
    void stop() noexcept;

    Fd listener_;
    Fd stop_;           // eventfd
    std::string root_;  ///< the container's "/" as /proc tells it; empty before the first call
    Trace trace_;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace mincs::polecat
