// From rules to a program for the kernel, by libseccomp and as_range_tree(), so that a call costs
// eight comparisons instead of hundreds. It takes some 25 ms, many times a container's start, so
// the built-in filter is compiled with this program (seccomp_compile.cc), and this runs only for a
// container that has another one. Host side.
#pragma once

#include <linux/filter.h>

#include <string_view>
#include <vector>

#include "libcore/container/architectures.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {

/// `what` names the profile in errors. A name that this libseccomp does not know is passed over
/// where the profile refuses the call anyway; Error where it would let it through. `machine` is the
/// one that it is for; the profile names it where it is not our own.
std::vector<sock_filter> compile_seccomp(const SeccompProfile& profile, std::string_view what,
                                         const Architecture& machine = own_architecture());

/// The built-in filter for these capabilities, the terminal rule included, of which libseccomp
/// knows nothing.
std::vector<sock_filter> compile_builtin_seccomp(const std::vector<int>& capabilities,
                                                 const Architecture& machine = own_architecture());

/// The program that StartOptions::filter and JoinRequest::filter want for this container; empty
/// where it is the one that was compiled with this program, or none.
std::vector<sock_filter> compile_filter_of(const ContainerSpec& spec);

}  // namespace mincs::container
