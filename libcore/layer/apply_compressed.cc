// A compressed layer to files in one pass and two threads: one inflates, the other hashes the plain
// tar and makes the files. Each has about half of the work of a gzip layer, and the bounded queue
// between them is all the memory it takes, however well the layer was compressed.
#include <exception>
#include <thread>

#include "libcore/base/error.hh"
#include "libcore/layer/inflate.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {
namespace {

constexpr std::size_t kQueueSize = 4u << 20;

/// Inflates `source` into `queue`, in a thread of its own from construction on.
class InflatingThread {
 public:
    InflatingThread(const TarSource& source, ByteQueue& queue)
        : queue_(queue), thread_([this, &source] { run(source); }) {}
    InflatingThread(const InflatingThread&) = delete;
    /// Ends the thread if the unpacker has not taken all; it may wait for the source's next piece.
    ~InflatingThread() {
        queue_.fail("the unpacker gave up");
        thread_.join();
    }

 private:
    void run(const TarSource& source) {
        // The thread's end is a boundary no exception may cross; the unpacker's next pull throws
        // it.
        try {
            Inflater inflater([&](std::string_view plain) { queue_.push(plain); });
            for (std::string_view piece = source(); !piece.empty(); piece = source())
                inflater.write(piece);
            inflater.finish();
            queue_.close();
        } catch (const std::exception& error) {
            queue_.fail(error.what());
        }
    }

    ByteQueue& queue_;
    std::thread thread_;
};

}  // namespace

ApplyResult apply_compressed_layer(const TarSource& source, const fs::RootDir& target,
                                   const Digest& expected_diff_id, const ApplyLimits& limits) {
    ByteQueue queue(kQueueSize);
    Hasher hasher(expected_diff_id.algorithm());
    const InflatingThread inflating(source, queue);
    const TarSource plain = [&] {
        const std::string_view piece = queue.pull();
        hasher.update(piece);
        return piece;
    };
    const ApplyResult result = apply_layer(plain, target, limits);
    const Digest diff_id = hasher.finish();
    if (diff_id != expected_diff_id)
        throw Error("the layer's tar has the digest {} where the image's config says {}",
                    diff_id.to_string(), expected_diff_id.to_string());
    return result;
}

}  // namespace mincs::layer
