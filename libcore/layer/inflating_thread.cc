// See inflating_thread.hh.
#include "libcore/layer/inflating_thread.hh"

#include <exception>

#include "libcore/layer/confinement.hh"
#include "libcore/layer/inflate.hh"

namespace mincs::layer {

InflatingThread::InflatingThread(const TarSource& source)
    : thread_([this, &source] { run(source); }) {}

InflatingThread::~InflatingThread() {
    queue_.fail("the unpacker gave up");
    thread_.join();
}

void InflatingThread::run(const TarSource& source) {
    // The thread's end is a boundary no exception may cross; the next pull throws it.
    try {
        confine_decoder();
        Inflater inflater([this](std::string_view plain) { queue_.push(plain); });
        for (std::string_view piece = source(); !piece.empty(); piece = source())
            inflater.write(piece);
        inflater.finish();
        queue_.close();
    } catch (const std::exception& error) {
        queue_.fail(error.what());
    }
}

}  // namespace mincs::layer
