// How long the client waits and how often it tries again. Plain values, so that a test can be
// quick.
#pragma once

#include <chrono>
#include <cstdint>

namespace mincs::registry {

struct NetworkLimits {
    std::chrono::milliseconds connect_timeout{20'000};
    /// A transfer that brings less than `stall_bytes` in this time is cut (1 KiB/s over 30 s). The
    /// time its receiver takes does not count.
    std::chrono::milliseconds stall_window{30'000};
    std::int64_t stall_bytes = 30 << 10;
    /// A short answer (all but a blob) may take this long from its first byte to its last.
    std::chrono::milliseconds short_answer{300'000};
    /// What a registry may take over a blob or manifest it was sent before it answers.
    std::chrono::milliseconds answer_window{300'000};
    /// Blobs above twice this size are sent in parts of it, so that a cut costs one part.
    std::int64_t upload_part = 32 << 20;
    /// Attempts in a row that bring the request no further (less than `forgiving_bytes` of a blob).
    int attempts = 5;
    std::int64_t forgiving_bytes = 1 << 20;
    /// The first pause; the next ones double it. Each is drawn at random from its upper half.
    std::chrono::milliseconds first_pause{500};
    /// The longest single pause, also where a registry asks for one (Retry-After), and the longest
    /// sum of pauses in a row.
    std::chrono::milliseconds longest_pause{60'000};
    std::chrono::milliseconds longest_total{120'000};
};

}  // namespace mincs::registry
