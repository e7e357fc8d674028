// See seccomp.hh.
#include "libcore/container/seccomp.hh"

#include <linux/seccomp.h>
#include <sys/syscall.h>

#include "libcore/base/error.hh"

namespace mincs::container {
namespace {

// Written by seccomp_compile: "{code, jt, jf, k}," lines.
constexpr sock_filter kProgram[] = {
#include "seccomp_program.inc"
};

/// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (seccomp(2), kernel 5.19; not in the headers of Debian
/// 12): a signal does not end a call that is being looked at. Else a stat(2) says EINTR, which no
/// program expects of it.
constexpr unsigned kWaitKillable = 1u << 5;

long install(std::span<const sock_filter> program, unsigned flags) {
    const sock_fprog filter = {static_cast<unsigned short>(program.size()),
                               const_cast<sock_filter*>(program.data())};
    return check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter),
                 "installing the seccomp filter");
}

}  // namespace

std::span<const sock_filter> default_seccomp_program() {
    return kProgram;
}

std::span<const sock_filter> program_for(const ContainerSpec& spec,
                                         std::span<const sock_filter> compiled) {
    if (!compiled.empty()) return compiled;
    if (spec.linux.seccomp_profile)
        throw Error("the container has a seccomp profile of its own, and nobody compiled it");
    return kProgram;
}

void install_seccomp(std::span<const sock_filter> program) {
    install(program, 0);
}

Fd install_seccomp_listener(std::span<const sock_filter> program) {
    constexpr unsigned kListener = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    try {
        return Fd(static_cast<int>(install(program, kListener | kWaitKillable)));
    } catch (const SysError& error) {
        if (error.code() != EINVAL) throw;
        return Fd(static_cast<int>(install(program, kListener)));
    }
}

}  // namespace mincs::container
