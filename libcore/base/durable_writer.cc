// See durable_writer.hh.
#include "libcore/base/durable_writer.hh"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "libcore/base/files.hh"

namespace mincs {

struct DurableWriter::State {
    int fd;
    std::filesystem::path path;
    std::mutex mutex;
    std::condition_variable changed;
    std::int64_t written = 0;
    std::int64_t synced = 0;
    int failure = 0;  ///< errno of a sync
    bool ending = false;
    std::thread thread;

    void run();
};

DurableWriter::DurableWriter(int fd, const std::filesystem::path& path)
    : state_(std::make_unique<State>()) {
    state_->fd = fd;
    state_->path = path;
    state_->thread = std::thread([state = state_.get()] { state->run(); });
}

DurableWriter::~DurableWriter() {
    {
        const std::lock_guard lock(state_->mutex);
        state_->ending = true;
    }
    state_->changed.notify_all();
    state_->thread.join();
}

void DurableWriter::write(std::string_view bytes) {
    State& state = *state_;
    write_all(state.fd, bytes, state.path.native());
    std::unique_lock lock(state.mutex);
    state.written += static_cast<std::int64_t>(bytes.size());
    // Half of it may be on its way to the disk while the other half comes in.
    if (state.written - state.synced >= kUnsynced / 2) state.changed.notify_all();
    state.changed.wait(
        lock, [&] { return state.failure != 0 || state.written - state.synced <= kUnsynced; });
    if (state.failure != 0) throw SysError(state.failure, "writing '{}'", state.path.native());
}

void DurableWriter::State::run() {
    std::unique_lock lock(mutex);
    bool is_name_synced = false;
    while (true) {
        changed.wait(lock, [&] { return ending || written - synced >= kUnsynced / 2; });
        if (ending || failure != 0) return;
        const std::int64_t covered = written;
        lock.unlock();
        int code = fdatasync(fd) == 0 ? 0 : errno;
        if (code == 0 && !is_name_synced) {
            const Fd directory(
                open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            code = directory && fsync(directory.get()) == 0 ? 0 : errno;
            is_name_synced = true;
        }
        lock.lock();
        failure = code;
        synced = covered;
        changed.notify_all();
    }
}

}  // namespace mincs
