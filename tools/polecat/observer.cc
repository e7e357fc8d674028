// See observer.hh. Reading memory and /proc is the price of every traced call, so each path is
// looked at once for each thing that is done with it; and as long as nobody has changed its root or
// mount namespace, one descriptor of the container's root serves all.
#include "tools/polecat/observer.hh"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string_view>

#include "libcore/base/error.hh"
#include "libcore/fs/root_dir.hh"
#include "tools/polecat/elf_file.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

constexpr std::size_t kScriptLine = 256;  // BINPRM_BUF_SIZE: what the kernel reads of "#!…"
constexpr int kMaxInterpreters = 5;       // execve(2): interpreters of interpreters
constexpr std::size_t kMaxPaths = 4'000'000;
constexpr std::size_t kMaxPrograms = 100'000;

/// Reads `size` bytes at `address` of the process; false if they are not all mapped.
bool read_memory(pid_t pid, std::uint64_t address, void* buffer, std::size_t size) {
    iovec local = {buffer, size};
    iovec remote = {reinterpret_cast<void*>(address), size};
    return process_vm_readv(pid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

/// The NUL-terminated string at `address`: a short piece first, as most paths are, and never beyond
/// a page's end at once, as the next one may not be mapped.
std::optional<std::string> read_string(pid_t pid, std::uint64_t address) {
    constexpr std::uint64_t kPage = 4096;
    std::string text;
    char buffer[kPage];
    std::uint64_t most = 192;
    while (text.size() < PATH_MAX) {
        const std::size_t size = std::min(most, kPage - address % kPage);
        if (!read_memory(pid, address, buffer, size)) return std::nullopt;
        const void* end = std::memchr(buffer, 0, size);
        if (end)
            return text.append(buffer,
                               static_cast<std::size_t>(static_cast<const char*>(end) - buffer));
        text.append(buffer, size);
        address += size;
        most = kPage;
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

std::string proc_of(pid_t pid, std::string_view name) {
    return "/proc/" + std::to_string(pid) + "/" + std::string(name);
}

/// The bits of Use after the call's flags are looked at.
unsigned refined_use(const PathCall& call, pid_t pid, const seccomp_data& data) {
    std::uint64_t flags = call.flags == kNoArgument ? 0 : data.args[call.flags];
    unsigned use = call.use;
    if (call.flags_kind == FlagsKind::kOpenHow) {
        open_how how = {};
        if (read_memory(pid, flags, &how, sizeof how)) flags = how.flags;
    }
    const bool opens =
        call.flags_kind == FlagsKind::kOpen || call.flags_kind == FlagsKind::kOpenHow;
    if (opens && (flags & O_CREAT)) use |= kCreate;
    if (opens && (flags & O_NOFOLLOW)) use &= ~static_cast<unsigned>(kFollow);
    if (call.flags_kind == FlagsKind::kAt && (flags & AT_SYMLINK_NOFOLLOW))
        use &= ~static_cast<unsigned>(kFollow);
    if (call.flags_kind == FlagsKind::kFollowOnly && (flags & AT_SYMLINK_FOLLOW)) use |= kFollow;
    return use;
}

/// Joins without touching "..", which only a look at the links on the way can resolve; drops "."
/// and "//".
std::string tidy(std::string_view base, std::string_view path) {
    // Most paths are tidy already.
    if (base == "/" && path.size() > 1 && path.front() == '/' && path.back() != '/' &&
        path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos)
        return std::string(path);
    std::string result;
    result.reserve(base.size() + path.size() + 2);
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

/// /proc/self/fd/7/name, /proc/self/root/etc …: what such a path means to this process. Nothing
/// where it is another one.
std::optional<std::string> through_proc_self(pid_t pid, std::string_view path) {
    for (const std::string_view self : {"/proc/self/", "/proc/thread-self/"}) {
        if (!path.starts_with(self)) continue;
        path.remove_prefix(self.size());
        std::size_t end = path.find('/');
        if (path.starts_with("fd/")) end = path.find('/', 3);
        const std::string_view link = path.substr(0, end);
        if (!link.starts_with("fd/") && link != "root" && link != "cwd") return std::nullopt;
        const auto base = read_link(proc_of(pid, link));
        if (!base) return std::nullopt;
        return tidy(*base, end == std::string_view::npos ? "" : path.substr(end));
    }
    return std::nullopt;
}

/// What the path is relative to, or "/"'s place for an absolute one; as /proc tells it.
std::optional<std::string> base_of(const PathCall& call, pid_t pid, const seccomp_data& data,
                                   const std::string& path, const std::string& root) {
    if (path.starts_with('/')) return root;
    const int directory =
        call.directory == kNoArgument ? AT_FDCWD : static_cast<int>(data.args[call.directory]);
    if (directory == AT_FDCWD) return read_link(proc_of(pid, "cwd"));
    return read_link(proc_of(pid, "fd/" + std::to_string(directory)));
}

bool names_descriptor(const PathCall& call, const seccomp_data& data) {
    return call.flags_kind == FlagsKind::kAt && (data.args[call.flags] & AT_EMPTY_PATH);
}

}  // namespace

std::vector<Sighting> Observer::look(pid_t pid, const seccomp_data& data) {
    seccomp_data meant = data;
    const OtherCall other = other_call_of(data);
    if (other == OtherCall::kSocketCall) {
        std::uint32_t arguments[6] = {};
        if (!read_memory(pid, data.args[1], arguments, 3 * sizeof arguments[0])) return {};
        read_memory(pid, data.args[1], arguments, sizeof arguments);  // sendto has six
        meant = unpack_socketcall(data, arguments);
    }
    if (root_.empty()) {
        // The first call is the command's own, before it can have changed its root.
        root_ = read_link(proc_of(pid, "root")).value_or("/");
        root_fd_ = Fd(open(proc_of(pid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    }
    Place place = {pid, root_};
    if (worlds_differ_) place.root = read_link(proc_of(pid, "root")).value_or(root_);
    std::vector<Sighting> found;
    for (const PathCall& call : path_calls_of(meant)) {
        std::vector<Sighting> more;
        if (auto seen = look_at(call, place, meant, more)) found.push_back(std::move(*seen));
        std::move(more.begin(), more.end(), std::back_inserter(found));
    }
    if (other == OtherCall::kNewWorld) worlds_differ_ = true;
    // Soon another program, if it succeeds.
    for (const Sighting& seen : found)
        if (seen.use & kExecute) programs_.erase(pid);
    return found;
}

std::optional<Sighting> Observer::look_at(const PathCall& call, const Place& place,
                                          const seccomp_data& data, std::vector<Sighting>& more) {
    const std::uint64_t address = data.args[call.path];
    if (address == 0) return std::nullopt;
    auto path = call.flags_kind == FlagsKind::kSockaddr
                    ? read_socket_path(place.pid, address, data.args[call.flags])
                    : read_string(place.pid, address);
    if (!path) return std::nullopt;
    const unsigned use = refined_use(call, place.pid, data);
    // An empty path means the descriptor itself (AT_EMPTY_PATH), whose open was seen; but not yet
    // that it is executed (fexecve(3)).
    if (path->empty() && !((use & kExecute) && names_descriptor(call, data))) return std::nullopt;
    const auto base = base_of(call, place.pid, data, *path, place.root);
    if (!base) return std::nullopt;
    std::string absolute = tidy(*base, *path);
    // Seen before: the common case, and all there is to do.
    if (root_ == "/" && is_known(absolute, use)) return std::nullopt;
    std::string named = inside(absolute);
    if (named.starts_with("/proc/"))
        if (const auto real = through_proc_self(place.pid, named)) named = inside(absolute = *real);
    if (belongs_to_kernel(named) || is_known(named, use)) return std::nullopt;
    const Fd file = open_for(place, absolute, use & kFollow);
    if (file) {
        // Where links led, also such that the run itself made.
        const auto real = read_link(fs::proc_path(file.get()));
        std::string real_path = real ? inside(*real) : named;
        if (real_path != named && !belongs_to_kernel(real_path) && !is_known(real_path, use) &&
            !real_path.ends_with(" (deleted)"))
            more.push_back({std::move(real_path), use, true, program_of(place.pid)});
        if (use & kExecute) look_at_program(file.get(), place, 0, more);
    }
    return Sighting{std::move(named), use, static_cast<bool>(file), program_of(place.pid)};
}

/// What the kernel itself opens when it executes a file: no call tells of that.
void Observer::look_at_program(int file, const Place& place, int depth,
                               std::vector<Sighting>& more) {
    struct stat info;
    if (depth >= kMaxInterpreters || fstat(file, &info) == -1 || !S_ISREG(info.st_mode)) return;
    const Fd readable(open(fs::proc_path(file).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!readable) return;
    char start[kScriptLine];
    const ssize_t size = pread(readable.get(), start, sizeof start, 0);
    const std::string_view text(start, size > 0 ? static_cast<std::size_t>(size) : 0);
    if (text.starts_with("#!")) {
        std::istringstream words{std::string(text.substr(2, text.find('\n') - 2))};
        if (std::string interpreter; words >> interpreter)
            add_helper(interpreter, kExecute | kFollow, place, depth, more);
    } else if (const auto elf = read_elf(readable.get()); elf && !elf->interpreter.empty()) {
        add_helper(elf->interpreter, kOpen | kFollow, place, depth, more);
    }
}

void Observer::add_helper(const std::string& named, unsigned use, const Place& place, int depth,
                          std::vector<Sighting>& more) {
    const std::string base =
        named.starts_with('/') ? place.root : read_link(proc_of(place.pid, "cwd")).value_or("/");
    const std::string absolute = tidy(base, named);
    std::string path = inside(absolute);
    if (belongs_to_kernel(path) || is_known(path, use)) return;
    const Fd file = open_for(place, absolute, true);
    if (file && (use & kExecute)) look_at_program(file.get(), place, depth + 1, more);
    more.push_back({std::move(path), use, static_cast<bool>(file), program_of(place.pid)});
}

/// Our own look, in the caller's mount namespace: links lead nowhere but inside its root. `path` is
/// as /proc tells it.
Fd Observer::open_for(const Place& place, std::string path, bool follow) {
    if (place.root != "/" && is_at_or_below(path, place.root)) path.erase(0, place.root.size());
    Fd own;
    int root = root_fd_.get();
    if (worlds_differ_) {
        own = Fd(open(proc_of(place.pid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        root = own.get();
    }
    open_how how = {};
    how.flags = O_PATH | O_CLOEXEC | (follow ? 0u : static_cast<unsigned>(O_NOFOLLOW));
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return Fd(static_cast<int>(syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

/// Whoever runs polecat inside a chroot(2) sees the container's "/" below that directory: /proc
/// tells every path from the topmost mount on.
std::string Observer::inside(std::string path) const {
    if (root_ != "/" && is_at_or_below(path, root_)) path.erase(0, root_.size());
    return path.empty() ? "/" : path;
}

bool Observer::is_known(const std::string& path, unsigned use) const {
    const auto known = touches_.find(path);
    return known != touches_.end() && (use & ~known->second.uses) == 0;
}

const std::string& Observer::program_of(pid_t pid) {
    if (const auto known = programs_.find(pid); known != programs_.end()) return known->second;
    if (programs_.size() > kMaxPrograms) programs_.clear();
    static const std::string own = read_link("/proc/self/exe").value_or("");
    const std::string program = read_link(proc_of(pid, "exe")).value_or("");
    return programs_[pid] = program == own ? "" : inside(program);
}

void Observer::note(std::vector<Sighting> sightings) {
    for (Sighting& seen : sightings) {
        if (touches_.size() >= kMaxPaths && !touches_.contains(seen.path))
            throw Error("tracing the command: it named more than {} paths", kMaxPaths);
        Touch& touch = touches_[std::move(seen.path)];
        touch.uses |= seen.use;
        (seen.existed ? touch.existed : touch.missing) = true;
        if (touch.by.empty()) touch.by = std::move(seen.by);
    }
}

Trace Observer::take() {
    Trace trace;
    for (auto& [path, touch] : touches_) trace.emplace(path, std::move(touch));
    touches_.clear();
    return trace;
}

}  // namespace mincs::polecat
