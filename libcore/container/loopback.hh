// The one interface that every network namespace has. Container side.
#pragma once

namespace mincs::container {

/// Sets it up in the calling process's network namespace, where it is new and down; the kernel
/// gives it 127.0.0.1 and ::1 then (netdevice(7)). Needs CAP_NET_ADMIN there.
void bring_up_loopback();

}  // namespace mincs::container
