// A library to preload (LD_PRELOAD) that makes the Nth change of the disk fail, or the process die
// there. It stands in front of libc's functions and counts, over all threads of the process, the
// calls that change a file system; libarchive's, SQLite's and libstdc++'s calls come by here too.
// Far quicker than a tracer, and exact: a tracer counts for each thread.
//
// CRASH_AT      number of the call, from 1; 0 or none: only counted
// CRASH_ACTION  kill      the process ends in place of the call
//               torn      a write does half of its work first, then as kill; other calls as kill
//               ENOSPC, EIO, EMFILE, EROFS …   the call fails so, once
//               shutdown0, shutdown1, shutdown2   EXT4_IOC_SHUTDOWN of the file system $CRASH_FS
//                         with that flag (0: what is under way is finished, 1: the journal is
//                         written, 2: it is not), then as kill: a power cut
// CRASH_COUNT   a file that gets the number of calls when the process ends
// CRASH_LOG     a file that gets a line for each call
// CRASH_HIT     a file that gets the number and name of the call that was made to fail
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

std::atomic<long> calls = 0;

/// Files are opened when the library is loaded: a thread that is confined could not do it.
struct Settings {
    long at = 0;
    const char* action = "";
    int count = open_now("CRASH_COUNT", O_WRONLY | O_CREAT | O_TRUNC);
    int log = open_now("CRASH_LOG", O_WRONLY | O_CREAT | O_APPEND);
    int hit = open_now("CRASH_HIT", O_WRONLY | O_CREAT | O_TRUNC);
    int file_system = open_now("CRASH_FS", O_RDONLY);

    Settings() {
        if (const char* text = std::getenv("CRASH_AT")) at = std::atol(text);
        if (const char* text = std::getenv("CRASH_ACTION")) action = text;
    }
    ~Settings() { put(count, calls, ""); }

    /// By bare system calls: these must not be counted. -1 where the variable is not set.
    static int open_now(const char* variable, int flags) {
        const char* path = std::getenv(variable);
        if (!path) return -1;
        return static_cast<int>(
            ::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644, 0, 0));
    }
    static void put(int fd, long number, const char* text) {
        if (fd < 0) return;
        char line[100];
        const int size = std::snprintf(line, sizeof line, "%ld %s\n", number, text);
        [[maybe_unused]] const auto done = ::syscall(SYS_write, fd, line, size, 0, 0, 0);
    }
};

const Settings& settings() {
    static const Settings instance;
    return instance;
}
// The count is written also where nothing was counted.
[[maybe_unused]] const Settings& at_start = settings();

int error_named(const char* name) {
    for (int code = 1; code < 134; ++code) {
        const char* candidate = strerrorname_np(code);
        if (candidate && std::strcmp(candidate, name) == 0) return code;
    }
    std::abort();
}

void cut_the_power(char flag) {
    std::uint32_t flags = static_cast<std::uint32_t>(flag - '0');
    constexpr unsigned long kShutdown = _IOR('X', 125, std::uint32_t);  // EXT4_IOC_SHUTDOWN
    if (::syscall(SYS_ioctl, settings().file_system, kShutdown, &flags, 0, 0, 0) != 0) std::abort();
}

/// True where this very call is to fail; errno is set then. Does not return where the process is to
/// die. `halve` does half of a write.
template <typename Halve>
bool fails(const char* name, const Halve& halve) {
    const int before = errno;
    const long number = ++calls;
    Settings::put(settings().log, number, name);
    errno = before;
    if (number != settings().at) return false;
    Settings::put(settings().hit, number, name);
    const char* action = settings().action;
    if (std::strcmp(action, "torn") == 0) halve();
    if (std::strncmp(action, "shutdown", 8) == 0) cut_the_power(action[8]);
    if (action[0] == 'E') {
        errno = error_named(action);
        return true;
    }
    // As SIGKILL ends a process, with its status in a shell, but at this very instruction.
    ::syscall(SYS_exit_group, 128 + SIGKILL, 0, 0, 0, 0, 0);
    std::abort();
}

bool fails(const char* name) {
    return fails(name, [] {});
}

bool is_file(int fd) {
    const int before = errno;
    struct stat status;
    const bool is = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    errno = before;
    return is;
}

template <typename Function>
Function* next(Function*, const char* name) {
    void* found = dlsym(RTLD_NEXT, name);
    if (!found) std::abort();
    return reinterpret_cast<Function*>(found);
}

bool makes_file(int flags) {
    return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

}  // namespace

// A function of libc that always changes the disk.
#define CHANGES(result, name, parameters, arguments)                       \
    extern "C" result name parameters {                                    \
        static auto* const real = next<result parameters>(nullptr, #name); \
        if (fails(#name)) return -1;                                       \
        return real arguments;                                             \
    }
// The same where the first parameter is a descriptor that need not be a file's.
#define WRITES(result, name, parameters, arguments, half)                  \
    extern "C" result name parameters {                                    \
        static auto* const real = next<result parameters>(nullptr, #name); \
        if (is_file(fd) && fails(#name, [&] { half; })) return -1;         \
        return real arguments;                                             \
    }
// Functions that open, whose last parameter may be missing.
#define OPENS(name, parameters, arguments, with_mode)                                          \
    extern "C" int name parameters {                                                           \
        static auto* const real = reinterpret_cast<int(*) with_mode>(dlsym(RTLD_NEXT, #name)); \
        mode_t mode = 0;                                                                       \
        if (makes_file(flags)) {                                                               \
            va_list rest;                                                                      \
            va_start(rest, flags);                                                             \
            mode = va_arg(rest, mode_t);                                                       \
            va_end(rest);                                                                      \
            if (fails(#name)) return -1;                                                       \
        }                                                                                      \
        return real arguments;                                                                 \
    }

OPENS(open, (const char* path, int flags, ...), (path, flags, mode), (const char*, int, mode_t))
OPENS(open64, (const char* path, int flags, ...), (path, flags, mode), (const char*, int, mode_t))
OPENS(openat, (int at, const char* path, int flags, ...), (at, path, flags, mode),
      (int, const char*, int, mode_t))
OPENS(openat64, (int at, const char* path, int flags, ...), (at, path, flags, mode),
      (int, const char*, int, mode_t))
CHANGES(int, creat, (const char* path, mode_t mode), (path, mode))
CHANGES(int, creat64, (const char* path, mode_t mode), (path, mode))
CHANGES(int, mkostemp, (char* path, int flags), (path, flags))
CHANGES(int, mkstemp, (char* path), (path))

extern "C" char* mkdtemp(char* path) {
    static auto* const real = next<char*(char*)>(nullptr, "mkdtemp");
    return fails("mkdtemp") ? nullptr : real(path);
}

WRITES(ssize_t, write, (int fd, const void* data, size_t size), (fd, data, size),
       real(fd, data, size / 2))
WRITES(ssize_t, pwrite, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at),
       real(fd, data, size / 2, at))
WRITES(ssize_t, pwrite64, (int fd, const void* data, size_t size, off_t at), (fd, data, size, at),
       real(fd, data, size / 2, at))
WRITES(ssize_t, writev, (int fd, const iovec* data, int count), (fd, data, count),
       real(fd, data, count / 2))
WRITES(ssize_t, pwritev, (int fd, const iovec* data, int count, off_t at), (fd, data, count, at),
       real(fd, data, count / 2, at))
WRITES(int, ftruncate, (int fd, off_t size), (fd, size), )
WRITES(int, ftruncate64, (int fd, off_t size), (fd, size), )
WRITES(int, fallocate, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), )
WRITES(int, fallocate64, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), )
CHANGES(int, truncate, (const char* path, off_t size), (path, size))

extern "C" int posix_fallocate(int fd, off_t at, off_t size) {
    static auto* const real = next<int(int, off_t, off_t)>(nullptr, "posix_fallocate");
    return fails("posix_fallocate") ? errno : real(fd, at, size);
}
extern "C" int posix_fallocate64(int fd, off_t at, off_t size) {
    static auto* const real = next<int(int, off_t, off_t)>(nullptr, "posix_fallocate64");
    return fails("posix_fallocate64") ? errno : real(fd, at, size);
}

extern "C" ssize_t copy_file_range(int in, off_t* in_at, int fd, off_t* at, size_t size,
                                   unsigned flags) {
    static auto* const real =
        next<ssize_t(int, off_t*, int, off_t*, size_t, unsigned)>(nullptr, "copy_file_range");
    if (fails("copy_file_range")) return -1;
    return real(in, in_at, fd, at, size, flags);
}

CHANGES(int, fsync, (int fd), (fd))
CHANGES(int, fdatasync, (int fd), (fd))
CHANGES(int, syncfs, (int fd) noexcept, (fd))
CHANGES(int, rename, (const char* from, const char* to) noexcept, (from, to))
CHANGES(int, renameat, (int from_at, const char* from, int to_at, const char* to) noexcept,
        (from_at, from, to_at, to))
CHANGES(int, renameat2,
        (int from_at, const char* from, int to_at, const char* to, unsigned flags) noexcept,
        (from_at, from, to_at, to, flags))
CHANGES(int, unlink, (const char* path) noexcept, (path))
CHANGES(int, unlinkat, (int at, const char* path, int flags) noexcept, (at, path, flags))
CHANGES(int, rmdir, (const char* path) noexcept, (path))
CHANGES(int, remove, (const char* path) noexcept, (path))
CHANGES(int, mkdir, (const char* path, mode_t mode) noexcept, (path, mode))
CHANGES(int, mkdirat, (int at, const char* path, mode_t mode) noexcept, (at, path, mode))
CHANGES(int, link, (const char* from, const char* to) noexcept, (from, to))
CHANGES(int, linkat, (int from_at, const char* from, int to_at, const char* to, int flags) noexcept,
        (from_at, from, to_at, to, flags))
CHANGES(int, symlink, (const char* target, const char* path) noexcept, (target, path))
CHANGES(int, symlinkat, (const char* target, int at, const char* path) noexcept, (target, at, path))
CHANGES(int, mknod, (const char* path, mode_t mode, dev_t device) noexcept, (path, mode, device))
CHANGES(int, mknodat, (int at, const char* path, mode_t mode, dev_t device) noexcept,
        (at, path, mode, device))
CHANGES(int, mkfifo, (const char* path, mode_t mode) noexcept, (path, mode))
CHANGES(int, mkfifoat, (int at, const char* path, mode_t mode) noexcept, (at, path, mode))
CHANGES(int, chmod, (const char* path, mode_t mode) noexcept, (path, mode))
CHANGES(int, fchmod, (int fd, mode_t mode) noexcept, (fd, mode))
CHANGES(int, fchmodat, (int at, const char* path, mode_t mode, int flags) noexcept,
        (at, path, mode, flags))
CHANGES(int, chown, (const char* path, uid_t user, gid_t group) noexcept, (path, user, group))
CHANGES(int, lchown, (const char* path, uid_t user, gid_t group) noexcept, (path, user, group))
CHANGES(int, fchown, (int fd, uid_t user, gid_t group) noexcept, (fd, user, group))
CHANGES(int, fchownat, (int at, const char* path, uid_t user, gid_t group, int flags) noexcept,
        (at, path, user, group, flags))
CHANGES(int, utimensat, (int at, const char* path, const timespec times[2], int flags) noexcept,
        (at, path, times, flags))
CHANGES(int, futimens, (int fd, const timespec times[2]) noexcept, (fd, times))
CHANGES(int, setxattr,
        (const char* path, const char* name, const void* value, size_t size, int flags) noexcept,
        (path, name, value, size, flags))
CHANGES(int, lsetxattr,
        (const char* path, const char* name, const void* value, size_t size, int flags) noexcept,
        (path, name, value, size, flags))
CHANGES(int, fsetxattr,
        (int fd, const char* name, const void* value, size_t size, int flags) noexcept,
        (fd, name, value, size, flags))
CHANGES(int, removexattr, (const char* path, const char* name) noexcept, (path, name))
CHANGES(int, lremovexattr, (const char* path, const char* name) noexcept, (path, name))
CHANGES(int, fremovexattr, (int fd, const char* name) noexcept, (fd, name))

// What goes past libc's names: of these the suite uses openat2 alone for files.
extern "C" long syscall(long number, ...) noexcept {
    static auto* const real = reinterpret_cast<long (*)(long, long, long, long, long, long, long)>(
        dlsym(RTLD_NEXT, "syscall"));
    long argument[6];
    va_list rest;
    va_start(rest, number);
    for (long& value : argument) value = va_arg(rest, long);
    va_end(rest);
    if (number == SYS_openat2) {
        const auto* how = reinterpret_cast<const open_how*>(argument[2]);
        if (makes_file(static_cast<int>(how->flags)) && fails("openat2")) return -1;
    }
    return real(number, argument[0], argument[1], argument[2], argument[3], argument[4],
                argument[5]);
}
