// The machine as the kernel hands it over: nothing is mounted, and the root is the initramfs.
#pragma once

#include <string>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs::guest {

/// /proc, /sys, /dev and a control group tree.
void mount_kernel_filesystems();
/// The root becomes a file system that pivot_root(2) can leave, which the initramfs is not; what is
/// mounted in it comes along.
void leave_initramfs();
/// The line to the host: "virtio", or the name of a serial line. Waits until the kernel has found
/// it; throws Error after some seconds.
Fd open_channel(const std::string& name);
/// Random bytes that nobody else knows, for the kernel's generator: without any, as in user-mode
/// Linux, getrandom(2) waits for ever (random(4), RNDADDENTROPY).
void seed_random(std::string_view bytes);
/// Does not return. The machine is switched off, or begins anew, as the host wants to hear of it.
[[noreturn]] void end_machine();

}  // namespace mincs::guest
