// What one or several runs of a command showed: which paths did it name, do they exist, and who
// asked for them? A passive value: tracers (notify_tracer, ptrace_tracer) make it, the closure and
// the proof read it, trace_file writes it down.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace mincs::polecat {

/// What was done with a path; a set of bits.
enum Use : unsigned {
    kLook = 1u << 0,     ///< stat, access, getxattr …
    kOpen = 1u << 1,     ///< open of a file, or of a directory for listing
    kExecute = 1u << 2,  ///< execve
    kEnter = 1u << 3,    ///< chdir, chroot
    kCreate = 1u << 4,   ///< may make the entry: O_CREAT, mkdir, rename's new name, bind …
    kChange = 1u << 5,   ///< unlink, chmod, truncate …
    kFollow = 1u << 6,   ///< a link at the end was followed
};
inline constexpr unsigned kAllUses = (1u << 7) - 1;

/// What happened to one path.
struct Touch {
    unsigned uses = 0;     ///< bits of Use
    bool existed = false;  ///< it was there at least once
    bool missing = false;  ///< it was not there at least once
    std::string by;        ///< the program that asked first, by its path inside; may be unknown
};

/// Absolute paths inside the command's root, as the command named them (links and ".." are not
/// resolved), and what those led to. Nothing of /proc, /sys and /dev, which every container gets
/// from the kernel.
using Trace = std::map<std::string, Touch>;

/// Adds what another run showed. Who asked first stays.
void merge(Trace& into, const Trace& more);

/// "opened", "looked at" …: the strongest use, for people.
std::string why_touched(unsigned uses);

/// One run of a command and what it showed.
struct TracedRun {
    std::vector<std::string> command;
    /// Directories in which it saw something else than the root's (binds): nothing of them is taken
    /// from the root.
    std::vector<std::string> hidden;
    std::string input = "none";  ///< what it read: none, file, stream, terminal
    int status = 0;              ///< the command's, as a shell counts
    bool stopped = false;        ///< by the timeout
    std::chrono::milliseconds duration{0};
    Trace trace;
};

}  // namespace mincs::polecat
