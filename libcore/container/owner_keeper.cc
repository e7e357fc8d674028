// See owner_keeper.hh. What a call names is looked up in the caller's own root and directory, by
// chroot(2), so that it means what it means to the kernel; nothing but O_PATH is ever opened there.
#include "libcore/container/owner_keeper.hh"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/console.hh"
#include "libcore/container/seccomp.hh"
#include "libcore/container/user_namespace.hh"
#include "libcore/fs/entry_owners.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::container {
namespace {

constexpr int kNoArgument = -1;
constexpr char kListener = 'l';

/// Where a call of the family has its arguments.
struct ChownCall {
    std::uint32_t arch;
    int number;
    int directory;  ///< a descriptor; of fchown the file itself
    int path;
    int uid;  ///< the gid follows
    int flags;
    bool follows;
};

// What the kernel runs beside its own programs has numbers of its own, from asm/unistd_32.h of x86
// and asm/unistd.h of 32-bit ARM: chown32, lchown32, fchown32, fchownat.
#if defined(__x86_64__)
constexpr ChownCall kCalls[] = {
    {AUDIT_ARCH_X86_64, SYS_chown, kNoArgument, 0, 1, kNoArgument, true},
    {AUDIT_ARCH_X86_64, SYS_lchown, kNoArgument, 0, 1, kNoArgument, false},
    {AUDIT_ARCH_X86_64, SYS_fchown, 0, kNoArgument, 1, kNoArgument, true},
    {AUDIT_ARCH_X86_64, SYS_fchownat, 0, 1, 2, 4, true},
    {AUDIT_ARCH_I386, 212, kNoArgument, 0, 1, kNoArgument, true},
    {AUDIT_ARCH_I386, 198, kNoArgument, 0, 1, kNoArgument, false},
    {AUDIT_ARCH_I386, 207, 0, kNoArgument, 1, kNoArgument, true},
    {AUDIT_ARCH_I386, 298, 0, 1, 2, 4, true},
};
#elif defined(__aarch64__)
constexpr ChownCall kCalls[] = {
    {AUDIT_ARCH_AARCH64, SYS_fchown, 0, kNoArgument, 1, kNoArgument, true},
    {AUDIT_ARCH_AARCH64, SYS_fchownat, 0, 1, 2, 4, true},
    {AUDIT_ARCH_ARM, 212, kNoArgument, 0, 1, kNoArgument, true},
    {AUDIT_ARCH_ARM, 198, kNoArgument, 0, 1, kNoArgument, false},
    {AUDIT_ARCH_ARM, 207, 0, kNoArgument, 1, kNoArgument, true},
    {AUDIT_ARCH_ARM, 325, 0, 1, 2, 4, true},
};
#else
#error "the numbers of this machine's chown calls are not known"
#endif

constexpr sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<__u32>(offset));
}
constexpr sock_filter jump_if_equal(std::uint32_t value, std::size_t yes, std::size_t no) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, static_cast<__u8>(yes),
                    static_cast<__u8>(no));
}
constexpr sock_filter verdict(std::uint32_t value) {
    return BPF_STMT(BPF_RET | BPF_K, value);
}

/// Those of the same architecture as the one at `begin`, which stand together, end before this.
constexpr std::size_t end_of_architecture(std::size_t begin) {
    std::size_t end = begin;
    while (end < std::size(kCalls) && kCalls[end].arch == kCalls[begin].arch) ++end;
    return end;
}

/// Asks about the calls of kCalls and lets all others through. A step is three instructions for
/// an architecture and one for a call.
constexpr std::size_t kInstructions = std::size(kCalls) + 2 * 3 + 3;
constexpr std::array<sock_filter, kInstructions> make_program() {
    std::array<sock_filter, kInstructions> program = {};
    std::size_t at = 0;
    program[at++] = load(offsetof(seccomp_data, arch));
    for (std::size_t begin = 0, end = 0; begin < std::size(kCalls); begin = end) {
        end = end_of_architecture(begin);
        program[at++] = jump_if_equal(kCalls[begin].arch, 0, end - begin + 2);
        program[at++] = load(offsetof(seccomp_data, nr));
        for (std::size_t i = begin; i < end; ++i, ++at)
            program[at] = jump_if_equal(static_cast<std::uint32_t>(kCalls[i].number),
                                        kInstructions - 2 - at, 0);
        program[at++] = verdict(SECCOMP_RET_ALLOW);
    }
    program[at++] = verdict(SECCOMP_RET_ALLOW);
    program[at++] = verdict(SECCOMP_RET_USER_NOTIF);
    return program;
}
constexpr auto kProgram = make_program();
static_assert(kProgram.back().k == SECCOMP_RET_USER_NOTIF);

const ChownCall* find_call(const seccomp_data& data) {
    for (const ChownCall& call : kCalls)
        if (call.arch == data.arch && call.number == data.nr) return &call;
    return nullptr;
}

/// The NUL-terminated string at an address of the process; nothing where it has none there.
std::optional<std::string> read_string(pid_t pid, std::uint64_t address) {
    constexpr std::uint64_t kPage = 4096;
    std::string text;
    char buffer[kPage];
    while (text.size() < kPage) {
        const std::size_t size = kPage - address % kPage;  // the next page may not be there
        iovec local = {buffer, size}, remote = {reinterpret_cast<void*>(address), size};
        if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(size))
            return std::nullopt;
        const std::size_t length = strnlen(buffer, size);
        text.append(buffer, length);
        if (length < size) return text;
        address += size;
    }
    return std::nullopt;  // the kernel says ENAMETOOLONG
}

bool may_chown(pid_t pid) {
    const auto status = read_file_if_exists(fmt::format("/proc/{}/status", pid));
    const std::size_t at = status ? status->find("\nCapEff:\t") : std::string::npos;
    if (at == std::string::npos) return false;
    std::uint64_t capabilities = 0;
    const char* digits = status->data() + at + 9;
    std::from_chars(digits, status->data() + status->size(), capabilities, 16);
    return capabilities >> CAP_CHOWN & 1;
}

Fd open_of_process(pid_t pid, const std::string& name) {
    return Fd(open(fmt::format("/proc/{}/{}", pid, name).c_str(), O_PATH | O_CLOEXEC));
}

void change_root(const Fd& root) {
    check(fchdir(root.get()), "entering a root");
    check(chroot("."), "changing the root");
}

/// Puts the process's own root back.
class OtherRoot {
 public:
    OtherRoot(const Fd& own, const Fd& other) : own_(own) { change_root(other); }
    OtherRoot(const OtherRoot&) = delete;
    ~OtherRoot() {
        // Never go on in a root that is not ours.
        if (fchdir(own_.get()) == -1 || chroot(".") == -1) _exit(1);
    }

 private:
    const Fd& own_;
};

/// A name in a directory.
struct NamedEntry {
    Fd directory;
    std::string name;
};

class Keeper {
 public:
    Keeper(Fd listener, Fd messages)
        : listener_(std::move(listener)),
          messages_(std::move(messages)),
          root_(check(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '/'")) {}

    void run() {
        while (true) {
            pollfd waiting = {listener_.get(), POLLIN, 0};
            if (poll(&waiting, 1, -1) == -1) {
                if (errno == EINTR) continue;
                throw SysError(errno, "waiting for a call");
            }
            if (!(waiting.revents & POLLIN)) return;  // nobody has the filter any more
            seccomp_notif call = {};                  // the kernel insists on zeroes
            if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) == 0)
                answer(call);
            else if (errno != ENOENT && errno != EINTR)  // ENOENT: killed meanwhile
                throw SysError(errno, "receiving a call");
        }
    }

 private:
    /// What the caller gets: 0 or an errno; nothing: the kernel shall decide.
    using Result = std::optional<int>;

    void answer(const seccomp_notif& call) {
        Result result;
        try {
            result = chown(call);
        } catch (const SysError& error) {
            result = error.code();
        }
        seccomp_notif_resp response = {};
        response.id = call.id;
        if (result)
            response.error = -*result;
        else
            response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) == -1 && errno != ENOENT)
            throw SysError(errno, "answering a call");
    }

    Result chown(const seccomp_notif& notification);
    /// What a call is about, and the caller's root.
    struct Found {
        Fd file;
        Fd root;
    };
    std::optional<Found> find(const ChownCall& call, const seccomp_notif& notification);
    std::optional<NamedEntry> name_of(const Found& found, const struct stat& status) const;
    bool still_waits(const seccomp_notif& notification) const {
        return ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) == 0;
    }
    void tell(const fs::Owner& owner);

    Fd listener_;
    Fd messages_;
    Fd root_;
};

/// Nothing where the kernel has to look.
std::optional<Keeper::Found> Keeper::find(const ChownCall& call,
                                          const seccomp_notif& notification) {
    const auto pid = static_cast<pid_t>(notification.pid);
    const auto& args = notification.data.args;
    std::string path;
    if (call.path != kNoArgument) {
        const auto text = read_string(pid, args[call.path]);
        if (!text) return std::nullopt;
        path = *text;
    }
    const int directory =
        call.directory == kNoArgument ? AT_FDCWD : static_cast<int>(args[call.directory]);
    Fd base = open_of_process(pid, directory == AT_FDCWD ? "cwd" : fmt::format("fd/{}", directory));
    Fd root = open_of_process(pid, "root");
    const std::uint64_t flags = call.flags == kNoArgument ? 0 : args[call.flags];
    // From here on what was opened is the caller's, and not somebody's who got its number since.
    if (!base || !root || !still_waits(notification)) return std::nullopt;
    const bool is_base = call.path == kNoArgument || (path.empty() && (flags & AT_EMPTY_PATH));
    if (is_base) return Found{std::move(base), std::move(root)};
    const bool follows = call.follows && !(flags & AT_SYMLINK_NOFOLLOW);
    open_how how = {};
    how.flags = O_PATH | O_CLOEXEC | (follows ? 0u : unsigned{O_NOFOLLOW});
    how.resolve = RESOLVE_NO_MAGICLINKS;  // of /proc: they mean another thing to us
    const OtherRoot inside(root_, root);
    if (fchdir(base.get()) == -1) return std::nullopt;
    Fd file(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how)));
    if (!file) return std::nullopt;
    return Found{std::move(file), std::move(root)};
}

/// The directory in which a link, fifo or socket has the name that the kernel knows it by, where
/// that is in the caller's root and the thing's still.
std::optional<NamedEntry> Keeper::name_of(const Found& found, const struct stat& status) const {
    if (!fs::is_noted_at_directory(status.st_mode)) return std::nullopt;
    const Fd descriptors(open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const OtherRoot inside(root_, found.root);
    char path[PATH_MAX];
    const ssize_t size =
        readlinkat(descriptors.get(), std::to_string(found.file.get()).c_str(), path, sizeof path);
    const std::string_view text(path, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    if (!text.starts_with('/')) return std::nullopt;
    const std::size_t slash = text.rfind('/');
    open_how how = {};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_NO_SYMLINKS;
    const std::string parent(text.substr(0, slash + 1));
    NamedEntry entry{
        Fd(static_cast<int>(syscall(SYS_openat2, AT_FDCWD, parent.c_str(), &how, sizeof how))),
        std::string(text.substr(slash + 1))};
    struct stat there;
    const bool is_it =
        entry.directory &&
        fstatat(entry.directory.get(), entry.name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        there.st_ino == status.st_ino && there.st_dev == status.st_dev;
    return is_it ? std::optional(std::move(entry)) : std::nullopt;
}

Keeper::Result Keeper::chown(const seccomp_notif& notification) {
    const ChownCall* call = find_call(notification.data);
    if (!call || !may_chown(static_cast<pid_t>(notification.pid))) return std::nullopt;
    const auto uid = static_cast<uid_t>(notification.data.args[call->uid]);
    const auto gid = static_cast<gid_t>(notification.data.args[call->uid + 1]);
    constexpr auto kUnchanged = static_cast<uid_t>(-1);
    const auto found = find(*call, notification);
    if (!found || (uid == kUnchanged && gid == kUnchanged)) return std::nullopt;
    const int file = found->file.get();
    struct stat status;
    check(fstat(file, &status), "looking at a file");
    const auto name = name_of(*found, status);
    fs::Owner owner = name ? fs::owner_of_entry(name->directory.get(), name->name, status)
                           : fs::owner_of_open(file, status);
    if (uid != kUnchanged) owner.uid = uid;
    if (gid != kUnchanged) owner.gid = gid;
    // It is root's already; but the kernel clears what a chown clears, and says where nobody may.
    check(fchownat(file, "", 0, 0, AT_EMPTY_PATH), "setting an owner");
    if (!owner.is_root()) tell(owner);
    try {
        if (name)
            fs::note_owner_of_entry(name->directory.get(), name->name, status.st_mode, owner);
        else if (fs::can_bear_note(status.st_mode))
            fs::note_owner(fs::proc_path(file), owner);
    } catch (const SysError& error) {
        if (error.code() != ENOTSUP) throw;  // then it is no file of an image's either
    }
    return 0;
}

void Keeper::tell(const fs::Owner& owner) {
    if (!messages_) return;
    check(dup2(messages_.get(), STDERR_FILENO), "finding stderr");
    warning(
        "no IDs are lent to you, so all files in the container stay root's; that {}:{} and others "
        "were named as owners is noted for images made of it",
        owner.uid, owner.gid);
    messages_.reset();
    close(STDERR_FILENO);
}

void leave_all_but(std::vector<int> kept) {
    check(prctl(PR_SET_PDEATHSIG, SIGKILL), "asking to die with the parent");
    close_descriptors_but(std::move(kept));
    for (const int standard : {0, 1, 2}) close(standard);
}

int keep(const std::function<void()>& body) {
    try {
        body();
        return 0;
    } catch (const Error&) {  // the callers get ENOSYS from now on
        return 1;
    }
}

}  // namespace

std::span<const sock_filter> chown_filter() {
    return kProgram;
}

Child keep_owners(Fd listener, Fd messages) {
    return Child::clone(0, [&] {
        return keep([&] {
            leave_all_but({listener.get(), messages.get()});
            Keeper(std::move(listener), std::move(messages)).run();
        });
    });
}

Child keep_owners_of_joined(int pidfd, Fd socket, Fd messages) {
    return Child::clone(0, [&] {
        return keep([&] {
            leave_all_but({pidfd, socket.get(), messages.get()});
            join_user_namespace(pidfd);
            char what = 0;
            Fd listener = receive_descriptor(socket.get(), what);
            if (listener) Keeper(std::move(listener), std::move(messages)).run();
        });
    });
}

void ask_keeper(int socket) {
    if (!fs::notes_owners()) return;
    send_descriptor(socket, kListener, install_seccomp_listener(kProgram).get());
}

}  // namespace mincs::container
