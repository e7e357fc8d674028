// Work that several threads share: where one fails, all stop, and what is reported is the failure
// that came first, not those it caused.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "libcore/base/error.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// In a catch block: the exception as an Error with `context` in front, and a hint where one is
/// known.
Error in_context(std::string_view context);

/// The first failure of a piece of shared work. Thread-safe.
class Failure {
 public:
    /// `stop` is requested by the first failure, so that the other threads end too.
    explicit Failure(const StopSignals& stop) : stop_(stop) {}
    /// To be called in a catch block: remembers the exception as an Error with `context` in front,
    /// unless there is an earlier one.
    void capture(std::string_view context) noexcept;
    /// Throws the first failure, if there is one.
    void rethrow() const;

 private:
    const StopSignals& stop_;
    mutable std::mutex mutex_;
    std::exception_ptr first_;
};

/// A thread that is joined when its owner goes.
class Worker {
 public:
    explicit Worker(std::function<void()> body) : thread_(std::move(body)) {}
    Worker(Worker&&) = default;
    ~Worker() { join(); }
    void join() {
        if (thread_.joinable()) thread_.join();
    }

 private:
    std::thread thread_;
};

}  // namespace mincs::marten
