// See trace.hh.
#include "tools/polecat/trace.hh"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

/// Kernel 6.6: wake the caller on the supervisor's processor, which halves the price of a
/// notification. Not in the headers of Debian 12.
constexpr unsigned long kNotifSetFlags = SECCOMP_IOW(4, __u64);
constexpr __u64 kSyncWakeUp = 1;

/// Reads `size` bytes at `address` of the process; false if they are not all mapped.
bool read_memory(pid_t pid, std::uint64_t address, void* buffer, std::size_t size) {
    iovec local = {buffer, size};
    iovec remote = {reinterpret_cast<void*>(address), size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

/// The NUL-terminated string at `address`, page by page as the next one may not be mapped.
std::optional<std::string> read_string(pid_t pid, std::uint64_t address) {
    constexpr std::uint64_t kPage = 4096;
    std::string text;
    char buffer[kPage];
    while (text.size() < PATH_MAX) {
        const std::size_t size = kPage - address % kPage;
        if (!read_memory(pid, address, buffer, size)) return std::nullopt;
        const void* end = std::memchr(buffer, 0, size);
        if (end)
            return text.append(buffer,
                               static_cast<std::size_t>(static_cast<const char*>(end) - buffer));
        text.append(buffer, size);
        address += size;
    }
    return std::nullopt;  // the kernel says ENAMETOOLONG
}

/// The path in the struct sockaddr_un at `address`; nothing for other families and abstract names.
std::optional<std::string> read_socket_path(pid_t pid, std::uint64_t address, std::uint64_t size) {
    sockaddr_un name = {};
    size = std::min<std::uint64_t>(size, sizeof name);
    if (size <= sizeof name.sun_family || !read_memory(pid, address, &name, size))
        return std::nullopt;
    if (name.sun_family != AF_UNIX || name.sun_path[0] == 0) return std::nullopt;
    return std::string(name.sun_path, strnlen(name.sun_path, sizeof name.sun_path));
}

std::optional<std::string> read_link(const std::string& link) {
    char buffer[PATH_MAX];
    const ssize_t size = readlink(link.c_str(), buffer, sizeof buffer);
    if (size <= 0 || buffer[0] != '/') return std::nullopt;  // no file: "pipe:[…]"
    return std::string(buffer, static_cast<std::size_t>(size));
}

/// The bits of Use after the call's flags are looked at.
unsigned refined_use(const PathCall& call, const seccomp_notif& notif) {
    std::uint64_t flags = call.flags == kNoArgument ? 0 : notif.data.args[call.flags];
    unsigned use = call.use;
    if (call.flags_kind == FlagsKind::kOpenHow) {
        open_how how = {};
        if (read_memory(static_cast<pid_t>(notif.pid), flags, &how, sizeof how)) flags = how.flags;
    }
    const bool opens =
        call.flags_kind == FlagsKind::kOpen || call.flags_kind == FlagsKind::kOpenHow;
    if (opens && (flags & O_CREAT)) use |= kCreate;
    if (opens && (flags & O_NOFOLLOW)) use &= ~static_cast<unsigned>(kFollow);
    if (call.flags_kind == FlagsKind::kAt && (flags & AT_SYMLINK_NOFOLLOW))
        use &= ~static_cast<unsigned>(kFollow);
    return use;
}

/// Joins without touching "..", which only a look at the links on the way can resolve; drops "."
/// and "//".
std::string tidy(std::string_view base, std::string_view path) {
    std::string result;
    for (std::string_view part : {base, path}) {
        while (!part.empty()) {
            const std::size_t slash = part.find('/');
            const std::string_view name = part.substr(0, slash);
            part.remove_prefix(slash == std::string_view::npos ? part.size() : slash + 1);
            if (name.empty() || name == ".") continue;
            result += '/';
            result += name;
        }
    }
    return result.empty() ? "/" : result;
}

bool belongs_to_kernel(std::string_view path) {
    return is_at_or_below(path, "/proc") || is_at_or_below(path, "/sys") ||
           is_at_or_below(path, "/dev");
}

/// The path as seen from the root of the command's mount namespace.
std::optional<std::string> absolute_path(const PathCall& call, const seccomp_notif& notif,
                                         const std::string& path) {
    const std::string process = fmt::format("/proc/{}", notif.pid);
    if (path.starts_with('/')) {
        const auto root = read_link(process + "/root");  // not "/" after a chroot(2)
        return root ? std::optional(tidy(*root, path)) : std::nullopt;
    }
    const int directory = call.directory == kNoArgument
                              ? AT_FDCWD
                              : static_cast<int>(notif.data.args[call.directory]);
    const auto base = read_link(
        directory == AT_FDCWD ? process + "/cwd" : fmt::format("{}/fd/{}", process, directory));
    return base ? std::optional(tidy(*base, path)) : std::nullopt;
}

/// Our own look, in the command's mount namespace. Links lead nowhere but inside its root.
bool exists_for(pid_t pid, std::string path, bool follow) {
    const std::string root_link = fmt::format("/proc/{}/root", pid);
    const auto prefix =
        read_link(root_link);  // as in absolute_path(): the descriptor is below it already
    if (prefix && prefix->size() > 1 && is_at_or_below(path, *prefix))
        path.erase(0, prefix->size());
    const Fd root(open(root_link.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how = {};
    how.flags = O_PATH | O_CLOEXEC | (follow ? 0u : static_cast<unsigned>(O_NOFOLLOW));
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const Fd file(
        static_cast<int>(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
    return static_cast<bool>(file);
}

struct Sighting {
    std::string path;
    unsigned use;
    bool existed;
};

/// Whoever runs polecat inside a chroot(2) sees the container's "/" below that directory: /proc
/// tells every path from the topmost mount on.
std::string below(const std::string& root, std::string path) {
    if (root != "/" && is_at_or_below(path, root)) path.erase(0, root.size());
    return path.empty() ? "/" : path;
}

/// `root` is the container's "/" as /proc tells it to us.
std::optional<Sighting> look_at(const PathCall& call, const seccomp_notif& notif,
                                const std::string& root) {
    const auto pid = static_cast<pid_t>(notif.pid);
    const std::uint64_t address = notif.data.args[call.path];
    if (address == 0) return std::nullopt;
    const auto path = call.flags_kind == FlagsKind::kSockaddr
                          ? read_socket_path(pid, address, notif.data.args[call.flags])
                          : read_string(pid, address);
    // An empty path means the directory descriptor itself (AT_EMPTY_PATH), whose open was seen.
    if (!path || path->empty()) return std::nullopt;
    const auto absolute = absolute_path(call, notif, *path);
    if (!absolute) return std::nullopt;
    std::string inside = below(root, *absolute);
    if (belongs_to_kernel(inside)) return std::nullopt;
    const unsigned use = refined_use(call, notif);
    const bool existed = exists_for(pid, *absolute, use & kFollow);
    return Sighting{std::move(inside), use, existed};
}

/// True while the caller still waits in this very call: what was read in between is its own.
bool still_valid(int listener, __u64 id) {
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

}  // namespace

Tracer::Tracer(Fd listener)
    : listener_(std::move(listener)),
      stop_(check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "making an eventfd")) {
    // An older kernel says EINVAL and the tracing takes longer.
    ioctl(listener_.get(), kNotifSetFlags, kSyncWakeUp);
    thread_ = std::thread([this] { run(); });
}

Tracer::~Tracer() {
    stop();
}

void Tracer::stop() noexcept {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t put = write(stop_.get(), &one, sizeof one);
    thread_.join();
}

Trace Tracer::finish() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    return std::move(trace_);
}

void Tracer::run() {
    try {
        supervise();
    } catch (...) {
        failure_ = std::current_exception();
        // Without a listener the waiting calls, and all later ones, fail with ENOSYS: nobody hangs.
        listener_.reset();
    }
}

void Tracer::supervise() {
    pollfd polls[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (true) {
        if (poll(polls, 2, -1) == -1) {
            if (errno == EINTR) continue;
            throw SysError(errno, "waiting for the traced command's calls");
        }
        if (polls[0].revents & POLLIN) {
            seccomp_notif call = {};  // the kernel insists on zeroes
            if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) == 0)
                answer(call);
            else if (errno != ENOENT && errno != EINTR)  // ENOENT: the caller was killed meanwhile
                throw SysError(errno, "receiving the traced command's calls");
        } else if (polls[0].revents || polls[1].revents) {
            return;  // POLLHUP: the last process that had the filter is gone
        }
    }
}

void Tracer::answer(const seccomp_notif& call) {
    // The first call is the command's own, before it can have changed its root.
    if (root_.empty()) root_ = read_link(fmt::format("/proc/{}/root", call.pid)).value_or("/");
    for (const PathCall* path_call : path_calls_of(call.data)) {
        const auto seen = look_at(*path_call, call, root_);
        if (!seen || !still_valid(listener_.get(), call.id)) continue;
        Touch& touch = trace_[seen->path];
        touch.uses |= seen->use;
        (seen->existed ? touch.existed : touch.missing) = true;
    }
    seccomp_notif_resp response = {};
    response.id = call.id;
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == -1 && errno != ENOENT)
        throw SysError(errno, "answering the traced command");
}

}  // namespace mincs::polecat
