// See plan.hh.
#include "tools/minc-guest/plan.hh"

#include <poll.h>

#include "libcore/base/error.hh"
#include "tools/minc-guest/bare_machine.hh"

namespace mincs::guest {

Window parse_window(std::string_view payload) {
    const std::uint32_t both = vm::number_at(payload, 0);
    return {static_cast<unsigned short>(both & 0xffff), static_cast<unsigned short>(both >> 16)};
}

Plan receive_plan(vm::Channel& channel) {
    Plan plan;
    while (true) {
        while (const auto frame = channel.next()) {
            if (frame->kind == vm::Kind::kSeed) seed_random(frame->payload);
            if (frame->kind == vm::Kind::kWindow) plan.window = parse_window(frame->payload);
            if (frame->kind != vm::Kind::kPlan) continue;
            plan.spec = container::from_oci_json(frame->payload, "the machine's plan");
            return plan;
        }
        pollfd line = {channel.readable_fd(), POLLIN, 0};
        poll(&line, 1, -1);
        if (!channel.pump_in()) throw Error("the host has hung up");
    }
}

}  // namespace mincs::guest
