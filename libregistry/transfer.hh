// One running HTTP exchange: libcurl's callbacks and what they collect. Internal to http.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>

#include "libregistry/http.hh"

namespace mincs::registry {

/// Notices a transfer that crawls. libcurl's own low-speed limit would blame the sender for a
/// receiver that is busy unpacking; here the receiver's time is taken out.
class StallGuard {
 public:
    using Clock = std::chrono::steady_clock;

    explicit StallGuard(const NetworkLimits& limits)
        : window_(limits.stall_window), wanted_(limits.stall_bytes) {}
    void received(std::size_t bytes, Clock::duration receiver_time) {
        bytes_ += static_cast<std::int64_t>(bytes);
        start_ += receiver_time;
    }
    /// The request's body is out: a server may take `window` over what it got before it says a
    /// word.
    void wait_for_answer(Clock::duration window);
    bool stalled();

 private:
    Clock::duration window_;
    std::int64_t wanted_;
    std::int64_t bytes_ = 0;
    Clock::time_point start_ = Clock::now();
};

/// libcurl's user pointer for one exchange. Its callbacks are called from C, so what they throw is
/// kept in `failure` and thrown again once libcurl has returned.
class Transfer {
 public:
    Transfer(const HttpClient& client, const HttpRequest& request, const BodyReceiver* receiver,
             HttpResponse& response)
        : client_(client),
          request_(request),
          receiver_(receiver),
          response_(response),
          guard_(client.limits()) {}

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_read(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
    static int on_progress(void* self, std::int64_t, std::int64_t, std::int64_t, std::int64_t);

    /// Throws what a callback failed with, if one did.
    void rethrow_failure() const {
        if (failure_) std::rethrow_exception(failure_);
    }

 private:
    template <typename Body>
    bool guarded(Body body) noexcept;
    void header(std::string_view line);
    void body(std::string_view data);
    std::size_t fill(char* data, std::size_t size);

    const HttpClient& client_;
    const HttpRequest& request_;
    const BodyReceiver* receiver_;
    HttpResponse& response_;
    StallGuard guard_;
    std::size_t header_bytes_ = 0;
    StallGuard::Clock::time_point body_start_ = {};
    Pieces pieces_;
    std::string_view piece_;  ///< what of the latest one is not sent yet
    std::int64_t sent_ = 0;
    std::optional<bool> receiver_wants_;
    std::exception_ptr failure_;
};

}  // namespace mincs::registry
