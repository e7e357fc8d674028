// Trying again: how often, and with which pauses (exponential backoff with jitter; a server's
// Retry-After goes before it). Everything is bounded by NetworkLimits.
#pragma once

#include <string>
#include <string_view>

#include "libregistry/http.hh"

namespace mincs::registry {

class Retry {
 public:
    /// `what` begins the final error: "pulling 'x'".
    Retry(const HttpClient& http, std::string_view what) : http_(http), what_(what) {}

    /// After a failed attempt: pauses and returns, or throws the Error that ends the whole.
    /// `gained` bytes of progress since the last call make earlier failures forgotten.
    void pause_or_throw(const TransferError& error, std::int64_t gained = 0);

 private:
    std::chrono::milliseconds next_pause(const TransferError& error) const;

    const HttpClient& http_;
    std::string what_;
    int failures_ = 0;
    std::int64_t gained_ = 0;
    std::chrono::milliseconds paused_{0};
};

}  // namespace mincs::registry
