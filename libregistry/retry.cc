// See retry.hh.
#include "libregistry/retry.hh"

#include <algorithm>
#include <random>

#include "libregistry/retry_after.hh"

namespace mincs::registry {
namespace {

using std::chrono::milliseconds;

/// Between half of `full` and all of it: clients cut off together must not come back together.
milliseconds jittered(milliseconds full) {
    thread_local std::minstd_rand generator{std::random_device{}()};
    std::uniform_int_distribution<milliseconds::rep> draw(full.count() / 2, full.count());
    return milliseconds(draw(generator));
}

}  // namespace

milliseconds Retry::next_pause(const TransferError& error) const {
    const NetworkLimits& limits = http_.limits();
    milliseconds pause = limits.first_pause;
    for (int i = 1; i < failures_ && pause < limits.longest_pause; ++i) pause *= 2;
    pause = jittered(std::min(pause, limits.longest_pause));
    // What the server asks for is the least; our own pause is added so that not all come in that
    // second.
    if (const auto asked = error.retry_after()) pause += *asked;
    return pause;
}

void Retry::pause_or_throw(const TransferError& error, std::int64_t gained) {
    const NetworkLimits& limits = http_.limits();
    http_.check_cancelled();
    gained_ += gained;
    if (gained_ >= limits.forgiving_bytes) {
        gained_ = 0;
        failures_ = 0;
        paused_ = milliseconds(0);
    }
    ++failures_;
    if (error.retryable() != Retryable::kYes)
        throw Error("{}: {}", what_, error.what()).with_hint(error.hint());
    if (error.retry_after() && (*error.retry_after() > limits.longest_pause ||
                                paused_ + *error.retry_after() > limits.longest_total))
        throw Error("{}: {}; the registry asks to wait {}", what_, error.what(),
                    describe_wait(*error.retry_after()))
            .with_hint(error.hint());
    if (failures_ >= limits.attempts)
        throw Error("{}: {}, also after {} attempts", what_, error.what(), failures_)
            .with_hint(error.hint());
    const milliseconds pause = next_pause(error);
    if (paused_ + pause > limits.longest_total)
        throw Error("{}: {}, also after {} attempts", what_, error.what(), failures_)
            .with_hint(error.hint());
    paused_ += pause;
    http_.pause(pause);
}

}  // namespace mincs::registry
