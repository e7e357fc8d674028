// One layer on its way from compressed bytes to a directory, once: first what an earlier attempt
// has kept of them, then what the source sends. Tells apart what went wrong, as that decides
// whether the bytes so far are worth keeping. A pull's threads (pull_layers.cc) call it.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>

#include "libcore/layer/layer_apply.hh"
#include "libregistry/client.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// Streams a blob's bytes behind those that `start` has seen; throws Error where they are not what
/// the descriptor says. Thread-safe.
using BlobFetcher = std::function<void(const registry::Descriptor&, const registry::BlobSink&,
                                       registry::BlobStart start)>;

/// One layer to fetch.
struct LayerJob {
    registry::Descriptor descriptor;
    Digest diff_id;
    /// Where the compressed bytes go. What is there already (of `resumable` jobs) is used first.
    std::filesystem::path blob;
    bool resumable = false;  ///< `blob` is kept, and synced as it grows, where the work breaks off
    /// A whole copy of the blob that is here already; used first, and instead of `blob`.
    std::filesystem::path stored_blob;
    std::filesystem::path directory;  ///< where it is unpacked; empty: the tar is checked only
    layer::ApplyLimits limits;        ///< on what it unpacks to
    layer::ApplyResult result;        ///< filled in; settle_stack() closes its notes
    bool used_stored_blob = false;    ///< filled in: there is nothing at `blob`
};

/// Whose fault a failure is.
enum class Blame {
    kNobody,   ///< stopped, or the source gave up: the bytes so far are good
    kContent,  ///< the bytes are not what they should be
    kHere      ///< this machine: a full disk, say
};

class LayerAttempt {
 public:
    /// `advance` is told of bytes that are done.
    LayerAttempt(LayerJob& job, const BlobFetcher& fetch, const StopSignals& stop,
                 std::function<void(std::int64_t)> advance)
        : job_(job), fetch_(fetch), stop_(stop), advance_(std::move(advance)) {}

    struct Failed {
        Blame blame;
        std::exception_ptr error;
        std::int64_t kept_bytes;  ///< how many came from an earlier attempt, or the stored blob
        std::int64_t done_bytes;  ///< what advance() was told in all
        std::int64_t claimed;     ///< what the job's limits were told in all
    };
    /// `afresh`: nothing that is here is used. Nothing: the job's blob and directory are whole.
    std::optional<Failed> run(bool afresh);

 private:
    class BlobFile;
    void run_with(const registry::BlobSink& consume, bool afresh);
    void unpack(bool afresh);
    void check_only(bool afresh);
    void read_stored(const registry::BlobSink& consume);
    void read_and_fetch(const registry::BlobSink& consume, bool afresh);
    void read_back(int fd, std::int64_t size, const std::filesystem::path& path, Hasher& hasher,
                   const registry::BlobSink& consume);
    void record(Blame blame) noexcept;
    /// Runs `action` and puts the blame for what it throws.
    template <typename Action>
    void blaming(Blame blame, const Action& action);
    void unpack_from(layer::ByteQueue& queue) noexcept;
    void claim(std::int64_t bytes);

    LayerJob& job_;
    const BlobFetcher& fetch_;
    const StopSignals& stop_;
    std::function<void(std::int64_t)> advance_;
    std::int64_t kept_ = 0;
    std::int64_t done_ = 0;
    std::int64_t claimed_ = 0;  ///< by whichever thread sees the tar
    std::mutex mutex_;
    std::optional<Failed> first_;  ///< what failed first; the rest follows from it
};

}  // namespace mincs::marten
