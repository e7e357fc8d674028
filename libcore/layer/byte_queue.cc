// The bounded queue of layer_apply.hh: a ring that one thread fills and another empties. The reader
// gets views into the ring, so each byte is copied once.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

struct ByteQueue::State {
    explicit State(std::size_t capacity)
        : ring(std::max<std::size_t>(capacity, 1)),
          wake_size(std::max<std::size_t>(ring.size() / 4, 1)),
          read_size(std::clamp<std::size_t>(ring.size() / 32, 1, kMaxReadSize)) {}

    static constexpr std::size_t kMaxReadSize = 128u << 10;

    std::mutex mutex;
    std::condition_variable readable;
    std::condition_variable writable;
    std::vector<char> ring;
    /// Waking a thread for every few bytes costs more than moving them: the writer sleeps until a
    /// quarter of the ring is free, the reader until so much is there to read.
    std::size_t wake_size;
    std::size_t read_size;
    std::size_t begin = 0;  ///< where the oldest byte is
    std::size_t used = 0;   ///< bytes in the ring, those lent to the reader included
    std::size_t lent = 0;   ///< bytes the reader looks at since its last pull()
    bool closed = false;
    bool failed = false;
    std::string failure;

    void throw_if_failed() const {
        if (failed) throw Error("{}", failure);
    }
    /// The free part that follows the newest byte without a wrap.
    std::size_t free_run() const {
        const std::size_t end = (begin + used) % ring.size();
        return std::min(ring.size() - used, ring.size() - end);
    }
};

ByteQueue::ByteQueue(std::size_t capacity) : state_(std::make_unique<State>(capacity)) {}

ByteQueue::~ByteQueue() = default;

void ByteQueue::push(std::string_view bytes) {
    State& state = *state_;
    while (!bytes.empty()) {
        std::unique_lock lock(state.mutex);
        if (state.used == state.ring.size())
            state.writable.wait(lock, [&] {
                return state.failed || state.ring.size() - state.used >= state.wake_size;
            });
        state.throw_if_failed();
        const std::size_t size = std::min(bytes.size(), state.free_run());
        const std::size_t end = (state.begin + state.used) % state.ring.size();
        // The free part belongs to the writer alone: the copy needs no lock.
        lock.unlock();
        std::memcpy(state.ring.data() + end, bytes.data(), size);
        bytes.remove_prefix(size);
        lock.lock();
        state.used += size;
        const bool is_worth_waking = state.used >= state.read_size;
        lock.unlock();
        if (is_worth_waking) state.readable.notify_one();
    }
    const std::lock_guard lock(state.mutex);
    state.throw_if_failed();
}

void ByteQueue::close() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->closed = true;
    }
    state_->readable.notify_one();
}

std::string_view ByteQueue::pull() {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    state.begin = (state.begin + state.lent) % state.ring.size();
    state.used -= state.lent;
    state.lent = 0;
    if (state.ring.size() - state.used >= state.wake_size) state.writable.notify_one();
    if (state.used == 0)
        state.readable.wait(
            lock, [&] { return state.failed || state.closed || state.used >= state.read_size; });
    state.throw_if_failed();
    // A view never covers more than a quarter, so that the writer goes on while it is looked at.
    state.lent = std::min({state.used, state.ring.size() - state.begin, state.wake_size});
    return std::string_view(state.ring.data() + state.begin, state.lent);
}

void ByteQueue::fail(std::string reason) {
    {
        const std::lock_guard lock(state_->mutex);
        if (!state_->failed) state_->failure = std::move(reason);
        state_->failed = true;
    }
    state_->readable.notify_one();
    state_->writable.notify_one();
}

}  // namespace mincs::layer
