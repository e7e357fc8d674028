// What is to run, as the host has sent it.
#pragma once

#include "libcore/container/spec.hh"
#include "libvm/channel.hh"

namespace mincs::guest {

struct Window {
    unsigned short rows = 0;
    unsigned short columns = 0;
};
/// Of a kWindow frame. Throws Error.
Window parse_window(std::string_view payload);

struct Plan {
    container::ContainerSpec spec;
    Window window;
};

/// Blocks until the plan has come; a seed before it goes to the kernel. Throws Error where the host
/// hangs up instead.
Plan receive_plan(vm::Channel& channel);

}  // namespace mincs::guest
