// A compressed stream as plain bytes, inflated in a thread of its own: with gzip that is about half
// of the work on a layer. The bounded queue between the two is all the memory it takes, however
// well the layer was compressed.
#pragma once

#include <thread>

#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {

class InflatingThread {
 public:
    /// Pulls from `source`, in the thread, from now on; it must outlive this, and cannot open files
    /// there (confinement.hh).
    explicit InflatingThread(const TarSource& source);
    InflatingThread(const InflatingThread&) = delete;
    /// Ends the thread if not all has been taken; it may wait for the source's next piece.
    ~InflatingThread();

    /// As TarSource. Throws what the source threw and what is wrong with the compressed bytes.
    std::string_view pull() { return queue_.pull(); }

 private:
    void run(const TarSource& source);

    ByteQueue queue_;
    std::thread thread_;
};

}  // namespace mincs::layer
