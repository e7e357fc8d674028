// Owners of file descriptors. Every descriptor is O_CLOEXEC from birth and lives in one of these.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "libcore/base/error.hh"

namespace mincs {

/// Owns one file descriptor; move-only; closes it when it goes. -1 is "none".
class Fd {
 public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~Fd() { reset(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    /// Gives the descriptor up to the caller.
    int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1) {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }
    /// A second descriptor of the same open file description.
    Fd duplicate() const {
        return Fd(check(fcntl(fd_, F_DUPFD_CLOEXEC, 3), "duplicating a file descriptor"));
    }

 private:
    int fd_ = -1;
};

/// The two ends of a pipe(2), both O_CLOEXEC.
struct Pipe {
    Fd read_end;
    Fd write_end;

    static Pipe make() {
        int ends[2];
        check(pipe2(ends, O_CLOEXEC), "making a pipe");
        return Pipe{Fd(ends[0]), Fd(ends[1])};
    }
};

}  // namespace mincs
