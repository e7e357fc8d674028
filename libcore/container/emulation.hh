// A container whose programs are another architecture's (minc --cross). The kernel runs them by
// qemu-user, as a table of binary formats says: the container's own where that can be, in a user
// namespace in which all IDs are what they are outside and which the command enters as the last
// thing. So the host's table stays as it is, and other containers notice nothing.
#pragma once

#include <optional>
#include <string>

#include "libcore/base/fd.hh"
#include "libcore/base/files.hh"
#include "libcore/container/boot.hh"
#include "libcore/container/spec.hh"

namespace mincs::container {

/// An entry in the host's own table, for kernels without others: made by the first container that
/// needs it, removed with the last one's. A kill leaves it to the next one that ends. Host side.
class HostFormat {
 public:
    /// Throws Error where we may not change it and nobody else has made such an entry.
    explicit HostFormat(const Emulator& emulator);
    HostFormat(HostFormat&&) = default;
    ~HostFormat();

 private:
    std::string name_;
    Fd table_;                      ///< none: the entry is somebody else's
    std::optional<FileLock> lock_;  ///< shared by all that need the entry
};

/// Must live as long as the container. Host side.
class Emulation {
 public:
    /// Host side, before the clone. `in_own_namespace`: a user namespace is made for it; else the
    /// one that we are in, of which we are root, is the container's already.
    Emulation(const Emulator& emulator, bool in_own_namespace);

    /// For StartOptions. Once the container has been started it needs them no more.
    ForeignPrograms programs() const { return {table_.get(), user_namespace_.get()}; }

 private:
    bool make_own(const Emulator& emulator);

    Fd user_namespace_;
    Fd table_;
    std::optional<HostFormat> host_format_;
};

/// Whether the kernel has a table for each user namespace: tries. Changes our own namespaces.
void require_own_binary_formats();

}  // namespace mincs::container
