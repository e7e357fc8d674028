// The guest's network card, whose other end is libslirp's in the hypervisor: addresses are always
// the same there (qemu(1), -netdev user).
#pragma once

namespace mincs::guest {

/// Gives the first card its address and the way out, and makes kGuestResolversAt. Throws Error.
void set_up_card();

}  // namespace mincs::guest
