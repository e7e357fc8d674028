// What the two sides of a machine say to each other. There is one line of bytes between them (a
// port of virtio-serial, a serial line of user-mode Linux); on it go frames, of one byte that tells
// the kind, one for the session, four for the payload's length (little-endian), and the payload.
//
//     host                                   guest
//     ----                                   -----
//                                  <-------  kHello and a version; before that the line may carry
//                                            anything
//     kSeed                        ------->
//     kPlan: a ContainerSpec       ------->
//     kInput, kSignal, kWindow     ------->  the command's stdin, signals, window
//                                  <-------  kOutput, kErrors: what the command prints
//     kTaken, kEnd, kClosed        <------>  of each of these streams (streams.hh)
//                                  <-------  kStatus; or kFailed, where there is no command
//
// Session 0 is the machine's command, with whose status it ends. Each other is one more command in
// the same container (marten exec): its plan is that container's with another process; kHangUp says
// that nobody wants it any more. A session has ended with its kStatus or kFailed, and its number is
// free again.
//
// Nothing the guest says is trusted: a frame is bounded, and one that is out of order ends the
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mincs::vm {

enum class Kind : char {
    kPlan = 'P',
    kInput = 'I',
    kOutput = 'O',
    kErrors = 'E',
    kTaken = 'T',  ///< a stream's kind, and how many of its bytes have gone their way (u32);
                   ///< of kLine: how many bytes of whatever frames the guest has read
    kLine = 'L',
    kEnd = 'Z',     ///< a stream's kind: no more of it follows
    kClosed = 'C',  ///< a stream's kind: nobody wants more of it
    kSignal = 'S',  ///< its number, as in Linux on every machine
    kWindow = 'W',  ///< rows and columns (u16 each); before a plan those that its terminal has
    kHangUp = 'H',
    kSeed = 'R',    ///< random bytes for the guest's kernel, which may have no source of its own
    kStatus = 'X',  ///< one byte: the exit status, as RunningContainer::wait() has it
    kFailed = 'F'   ///< an exit status (one byte), and why
};

/// Of one line. 0: the machine's own command.
using Session = std::uint8_t;
inline constexpr Session kMostSessions = 16;  ///< but for that one

struct Frame {
    Kind kind;
    std::string payload;
    Session session = 0;
};

/// What the guest says first. The number is raised when something about the frames changes,
/// together with ermine::kProtocol.
inline constexpr std::string_view kHello = "\nermine guest, protocol 3\n";
/// Bytes of a payload, but for a plan's.
inline constexpr std::size_t kLongestPayload = 32 << 10;
inline constexpr std::size_t kLongestPlan = 4 << 20;

std::string to_bytes(const Frame& frame);

/// Numbers in payloads.
std::string number_bytes(std::uint32_t value);
/// `at` bytes into the payload. Throws Error where it is too short.
std::uint32_t number_at(std::string_view payload, std::size_t at);

/// Puts frames together from whatever pieces the bytes come in.
class FrameReader {
 public:
    /// Side of the guest: there is no hello to wait for.
    enum class Side { kHost, kGuest };
    explicit FrameReader(Side side) : is_open_(side == Side::kGuest), side_(side) {}

    /// The next frame of what has been fed; none: it is not all there yet. Throws Error on a kind
    /// that this side is never sent, a session that there cannot be and on too long a payload.
    std::optional<Frame> next();
    void feed(std::string_view bytes);
    /// The hello has come. The host's side passes over what comes before.
    bool is_open() const { return is_open_; }

 private:
    void look_for_hello();
    std::size_t limit_of(char kind) const;

    bool is_open_;
    Side side_;
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace mincs::vm
