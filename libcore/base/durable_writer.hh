// Appends to a file of which never more than a few megabytes are lost, also by a power cut: while
// one thread writes, another syncs what was written before. For downloads that shall go on where
// they broke.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs {

class DurableWriter {
 public:
    /// Bytes a power cut may take.
    static constexpr std::int64_t kUnsynced = 4 << 20;

    /// Appends to `fd` (open for writing, at its end), which must outlive this. `path` names it in
    /// errors; its directory is synced too, once.
    DurableWriter(int fd, const std::filesystem::path& path);
    DurableWriter(const DurableWriter&) = delete;
    /// Ends the thread, without syncing the rest.
    ~DurableWriter();

    /// Waits where the disk falls behind by kUnsynced. Throws SysError, also for what a sync of
    /// earlier bytes met.
    void write(std::string_view bytes);

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace mincs
