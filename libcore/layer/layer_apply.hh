// Unpacks a layer's tar into a directory in overlay form. Each layer is a directory of its own and
// needs no parent, so layers unpack in parallel and in any order: a whiteout ".wh.NAME" becomes a
// character device 0:0, an opaque marker ".wh..wh..opq" the xattr trusted.overlay.opaque=y (OCI
// image-spec, layer.md).
//
// Nothing in the stream is trusted. An entry that would leave the directory ("..", an absolute
// name, a link on the way to it, a hard link to outside) is refused with its name.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/digest.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

/// Bounds on what one layer may unpack to; Error when broken. The tar itself, with headers, padding
/// and what follows its end, may be twice `bytes` and 64 MiB.
struct ApplyLimits {
    std::int64_t bytes = std::int64_t{1} << 40;
    std::int64_t entries = 20'000'000;
    /// Bytes of memory left for ApplyResult::notes, shared by the layers of an image. Null: there
    /// will be nobody to settle anything, so a hard link to a file that is not in the layer is
    /// refused.
    std::atomic<std::int64_t>* notes = nullptr;
    /// Told of the tar's bytes as they come, in a thread that can open no file; where a layer is
    /// settled, of the bytes of each file that is copied, and before each note of none. May throw.
    std::function<void(std::int64_t)> claim = {};
};

/// What a layer's tar leaves open until the layers below it are known; settle.hh closes it.
struct LayerNotes {
    struct HardLink {
        std::string path;
        std::string target;
    };
    /// Directories without an entry of their own ("bin" where only "bin/x" is one), which are
    /// marked (implied_mark.hh); of those that are gone again some may be counted.
    std::int64_t implied = 0;
    std::vector<HardLink> hard_links;  ///< to files that are not in the layer; not made yet
    bool empty() const { return implied == 0 && hard_links.empty(); }
};

struct ApplyResult {
    std::int64_t bytes = 0;    ///< sum of the sizes of regular files
    std::int64_t entries = 0;  ///< entries made, whiteouts included
    bool opaque_root = false;  ///< nothing of the layers below is seen at all
    LayerNotes notes = {};
};

/// Pulls plain tar bytes: returns the next piece, valid until the next call; empty at the end of
/// the stream.
using TarSource = std::function<std::string_view()>;

/// Unpacks into `target` (empty, owned by us, not yet visible to anybody). Reads `source` to its
/// end, past the tar's own end marker, so that a digest taken on the way covers all bytes. Keeps
/// owners, modes with setuid bits, times to the nanosecond, hard links, sparse files, xattrs, file
/// capabilities, ACLs, devices, fifos. Throws Error naming the entry; `target` is then to be thrown
/// away. Must run as root. `source` is called in a thread that can open nothing outside of `target`
/// any more (confinement.hh).
ApplyResult apply_layer(const TarSource& source, const fs::RootDir& target,
                        const ApplyLimits& limits = {});

/// A byte queue between two threads with a bound: the one that downloads pushes, the one that
/// unpacks pulls.
class ByteQueue {
 public:
    explicit ByteQueue(std::size_t capacity = 4u << 20);
    ~ByteQueue();

    /// Blocks while full. Throws Error where the reader has gone (abandon()).
    void push(std::string_view bytes);
    /// No more bytes will come.
    void close();
    /// The next piece, blocking; empty at the end. Throws Error where the writer failed (fail()).
    std::string_view pull();
    /// Either side: the other's next call throws `reason`.
    void fail(std::string reason);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Unpacks one compressed layer: inflate, sha256 of the tar (the DiffID), apply, in one pass.
/// `expected_diff_id` is checked at the end: Error where it differs. Pulls compressed bytes from
/// `source`, in a thread that can open no file any more.
ApplyResult apply_compressed_layer(const TarSource& source, const fs::RootDir& target,
                                   const Digest& expected_diff_id, const ApplyLimits& limits = {});

}  // namespace mincs::layer
