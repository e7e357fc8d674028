// The reading half of verify: kept blobs and the layers made of them, many at once, each streamed
// and compared once. Knows no store and takes no lock, so what it finds may be somebody's work in
// progress; verify_repair looks again with the locks held.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libcore/base/progress.hh"
#include "libcore/layer/verify.hh"
#include "tools/marten/stop.hh"

namespace mincs::marten {

/// A blob's file and what it must be.
struct KeptBlob {
    Digest digest;  ///< empty: nobody knows which it was
    std::int64_t size = 0;
    std::filesystem::path path;
};

/// A blob's bytes, as a source of the unpacker; hashes them on the way. All must outlive it.
class BlobReader {
 public:
    /// Throws SysError where it cannot be opened. `task`: whose progress it is, if anybody's.
    BlobReader(const KeptBlob& blob, const StopSignals& stop, const Progress::Task* task = nullptr);
    /// The next piece, valid until the next call; empty at the end.
    std::string_view next();
    /// Reads what is left, and says what is wrong with the whole; empty: nothing.
    std::string finish();

 private:
    const KeptBlob& blob_;
    const StopSignals& stop_;
    const Progress::Task* task_;
    Fd fd_;
    Hasher hasher_;
    std::string buffer_;
    std::int64_t size_ = 0;
};

/// A blob and, where it is a layer's, the layer's directory.
struct Part {
    KeptBlob blob;
    std::string key;  ///< empty: no layer
    Digest diff_id;
    std::filesystem::path directory;
    bool depends = false;             ///< its files depend on other layers: only the blob is read
    std::vector<std::string> below;   ///< on these: keys, lowest first
    std::vector<std::size_t> owners;  ///< whoever made the part knows what they are

    // What was found:
    std::string blob_damage;  ///< what is wrong with the blob; empty: nothing
    std::string not_a_layer;  ///< why a sound blob cannot be the layer; empty: it is
    std::vector<layer::Difference> differences;
    layer::ApplyResult counted;
};

/// What is wrong with the blob's file, said of it ("is missing"); empty: nothing. Throws where the
/// signal to stop came.
std::string damage_of_blob(const KeptBlob& blob, const StopSignals& stop);

/// The bytes of a document's blob, as they were when they were found to be sound; nothing where
/// they are not, or went meanwhile. Throws where the signal to stop came.
std::optional<std::string> sound_bytes(const KeptBlob& blob, const StopSignals& stop);

/// Fills in all parts, as many at once as there are cores.
void check_parts(std::vector<Part>& parts, const Progress::Task& task, const StopSignals& stop);

}  // namespace mincs::marten
