// Writes a PAX tar; owns libarchive's writing side. The bytes depend on the entries alone: numeric
// ids, no user names, headers only for what the plain one cannot say.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libcore/layer/layer_pack.hh"
#include "libcore/layer/tar_reader.hh"

namespace mincs::layer {

/// A part of a sparse file that is not a hole.
struct DataRange {
    std::int64_t offset = 0;
    std::int64_t length = 0;
};

class TarWriter {
 public:
    explicit TarWriter(const TarSink& sink);
    ~TarWriter();
    TarWriter(const TarWriter&) = delete;

    /// `data` describes a sparse file; empty: all of it is data. `entry.accessed` is not written.
    void begin(const TarEntry& entry, const std::vector<DataRange>& data = {});
    /// The next piece of the file's content, holes included as zeros. All `entry.size` bytes are to
    /// be given.
    void write(std::string_view content);
    /// The end marker.
    void finish();

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mincs::layer
