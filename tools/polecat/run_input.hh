// The same input twice: what the traced command reads from stdin is recorded as it reads it, so
// that the proof can give it once more. A regular file is simply rewound; a pipe's bytes and a
// terminal's keys (with the moment of each) are kept, up to a bound; what is none of these
// (/dev/null, a device) is the same the second time anyhow.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libcore/base/fd.hh"
#include "libcore/container/child.hh"

namespace mincs::polecat {

/// What the first run got.
struct RecordedInput {
    enum class Kind {
        kNone,      ///< nothing to be read: /dev/null, or closed
        kFile,      ///< a regular file, read from `offset` on
        kStream,    ///< a pipe or socket: `bytes`
        kTerminal,  ///< keys
    };
    struct Key {
        std::chrono::milliseconds at;  ///< since the run began
        std::string bytes;
    };
    Kind kind = Kind::kNone;
    off_t offset = 0;
    std::string bytes;
    bool at_end = false;  ///< kStream: the end was seen
    std::vector<Key> keys;
    bool too_much = false;  ///< more came than is kept: it cannot be given again

    /// "a file", "a terminal" …, for people and trace files.
    static const char* name_of(Kind kind);
};

inline constexpr std::size_t kMaxRecordedInput = 64u << 20;

/// The caller's stdin, handed to one run.
class InputRecorder {
 public:
    /// `terminal`: the run gets a terminal of its own. `empty`: it gets nothing to read instead.
    InputRecorder(bool terminal, bool empty);
    ~InputRecorder();
    InputRecorder(const InputRecorder&) = delete;

    /// What the run's standard streams are to be.
    container::StandardStreams streams() const;
    /// For StartOptions::on_typed.
    void typed(std::string_view bytes);
    /// Starts the copying, once the run's process is there.
    void start();
    /// After the run.
    RecordedInput finish();

 private:
    void copy();

    RecordedInput input_;
    Fd read_end_;
    Fd write_end_;
    Fd stop_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::thread thread_;
};

/// A recorded input given once more, and what the run prints dropped.
class InputReplay {
 public:
    /// For a terminal, stdin and stdout of this process are one of ours while this lives.
    explicit InputReplay(const RecordedInput& input);
    ~InputReplay();
    InputReplay(const InputReplay&) = delete;

    container::StandardStreams streams() const;
    void start();

 private:
    void serve();
    std::chrono::milliseconds since_start() const;

    const RecordedInput& input_;
    Fd in_read_, in_write_, out_read_, out_write_, stop_;
    Fd master_;  // of the terminal that stands in for the caller's
    Fd saved_in_, saved_out_;
    std::size_t given_ = 0;  // bytes of the stream, or keys
    std::chrono::steady_clock::time_point began_;
    std::thread thread_;
};

}  // namespace mincs::polecat
