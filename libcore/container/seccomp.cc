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
    return Fd(static_cast<int>(install(program, SECCOMP_FILTER_FLAG_NEW_LISTENER)));
}

}  // namespace mincs::container
