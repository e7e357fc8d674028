// See transfer.hh.
#include "libregistry/transfer.hh"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace mincs::registry {

void StallGuard::wait_for_answer(Clock::duration window) {
    window_ = window;
    wanted_ = 1;
    bytes_ = 0;
    start_ = Clock::now();
}

bool StallGuard::stalled() {
    const Clock::time_point now = Clock::now();
    if (now - start_ < window_) return false;
    const bool too_slow = bytes_ < wanted_;
    bytes_ = 0;
    start_ = now;
    return too_slow;
}

/// Runs a callback's body; false and `failure_` where it threw.
template <typename Body>
bool Transfer::guarded(Body body) noexcept {
    try {
        body();
        return true;
    } catch (...) {
        failure_ = std::current_exception();
        return false;
    }
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    const std::string_view line(data, size * count);
    return transfer->guarded([&] { transfer->header(line); }) ? line.size() : 0;
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    const std::string_view bytes(data, size * count);
    // Anything but the whole size ends the transfer; an empty piece must not read as success then.
    return transfer->guarded([&] { transfer->body(bytes); }) ? bytes.size() : bytes.size() + 1;
}

std::size_t Transfer::on_read(char* data, std::size_t size, std::size_t count, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    std::size_t filled = 0;
    const auto fill = [&] { filled = transfer->fill(data, size * count); };
    return transfer->guarded(fill) ? filled : CURL_READFUNC_ABORT;
}

int Transfer::on_progress(void* self, std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
    auto* transfer = static_cast<Transfer*>(self);
    const auto look = [transfer] {
        transfer->client_.check_cancelled();
        if (transfer->guard_.stalled())
            throw TransferError(Retryable::kYes, fmt::format("'{}' has almost stopped sending",
                                                             transfer->response_.url.authority()));
    };
    return transfer->guarded(look) ? 0 : 1;
}

void Transfer::header(std::string_view line) {
    // Counted over the whole exchange, interim responses and trailers too: a server that never
    // comes to an end is cut here.
    header_bytes_ += line.size();
    if (header_bytes_ > HttpClient::kMaxHeaderBytes)
        throw TransferError(Retryable::kNo,
                            fmt::format("'{}' sends more than {} bytes of headers",
                                        response_.url.authority(), HttpClient::kMaxHeaderBytes));
    if (!line.starts_with("HTTP/")) {
        response_.headers.add_line(line);
        return;
    }
    // A new response begins: an interim one (100) came before, or a proxy's answer to CONNECT.
    response_.headers.clear();
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos)
        std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
}

void Transfer::body(std::string_view data) {
    client_.check_cancelled();
    if (!receiver_wants_) receiver_wants_ = receiver_ && receiver_->wants(response_);
    if (*receiver_wants_) {
        const StallGuard::Clock::time_point start = StallGuard::Clock::now();
        receiver_->data(data);
        guard_.received(data.size(), StallGuard::Clock::now() - start);
        return;
    }
    guard_.received(data.size(), {});
    const StallGuard::Clock::time_point now = StallGuard::Clock::now();
    if (response_.body.empty()) body_start_ = now;
    if (now - body_start_ > client_.limits().short_answer)
        throw TransferError(
            Retryable::kNo,
            fmt::format("'{}' does not come to the end of an answer", response_.url.authority()));
    if (response_.body.size() + data.size() > HttpClient::kMaxBody)
        throw TransferError(
            Retryable::kNo,
            fmt::format("'{}' sends more than {} bytes where a short answer belongs",
                        response_.url.authority(), HttpClient::kMaxBody));
    response_.body += data;
}

/// libcurl wants the next bytes of the request's body.
std::size_t Transfer::fill(char* data, std::size_t size) {
    client_.check_cancelled();
    if (!pieces_ && request_.body.open) pieces_ = request_.body.open();
    const StallGuard::Clock::time_point start = StallGuard::Clock::now();
    if (piece_.empty() && pieces_) piece_ = pieces_();
    const std::size_t taken = std::min(size, piece_.size());
    std::memcpy(data, piece_.data(), taken);
    piece_.remove_prefix(taken);
    sent_ += static_cast<std::int64_t>(taken);
    guard_.received(taken, StallGuard::Clock::now() - start);
    if (taken == 0 && sent_ < request_.body.size)
        throw Error("what is to be sent ends after {} of {} bytes", sent_, request_.body.size);
    if (sent_ >= request_.body.size) guard_.wait_for_answer(client_.limits().answer_window);
    return taken;
}

}  // namespace mincs::registry
