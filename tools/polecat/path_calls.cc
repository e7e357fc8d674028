// See path_calls.hh. Numbers: arch/x86/entry/syscalls/syscall_{64,32}.tbl of the kernel.
#include "tools/polecat/path_calls.hh"

#include <linux/audit.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <set>
#include <span>

namespace mincs::polecat {
namespace {

constexpr std::uint8_t kNo = kNoArgument;
constexpr unsigned kLookThrough = kLook | kFollow;
constexpr unsigned kChangeThrough = kChange | kFollow;
constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint32_t kIoUringSetup = 425;  // the same number everywhere
constexpr int kSendTo32 = 369;

// clang-format off
constexpr PathCall kCalls64[] = {
    {SYS_open, kNo, 0, kOpen | kFollow, 1, FlagsKind::kOpen},
    {SYS_openat, 0, 1, kOpen | kFollow, 2, FlagsKind::kOpen},
    {SYS_openat2, 0, 1, kOpen | kFollow, 2, FlagsKind::kOpenHow},
    {SYS_creat, kNo, 0, kOpen | kCreate | kFollow},
    {SYS_stat, kNo, 0, kLookThrough},
    {SYS_lstat, kNo, 0, kLook},
    {SYS_newfstatat, 0, 1, kLookThrough, 3, FlagsKind::kAt},
    {SYS_statx, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {SYS_access, kNo, 0, kLookThrough},
    {SYS_faccessat, 0, 1, kLookThrough},
    {SYS_faccessat2, 0, 1, kLookThrough, 3, FlagsKind::kAt},
    {SYS_readlink, kNo, 0, kLook},
    {SYS_readlinkat, 0, 1, kLook},
    {SYS_execve, kNo, 0, kExecute | kFollow},
    {SYS_execveat, 0, 1, kExecute | kFollow, 4, FlagsKind::kAt},
    {520 /* x32 execve */, kNo, 0, kExecute | kFollow},
    {545 /* x32 execveat */, 0, 1, kExecute | kFollow, 4, FlagsKind::kAt},
    {SYS_chdir, kNo, 0, kEnter | kFollow},
    {SYS_chroot, kNo, 0, kEnter | kFollow},
    {SYS_statfs, kNo, 0, kLookThrough},
    {SYS_getxattr, kNo, 0, kLookThrough},
    {SYS_lgetxattr, kNo, 0, kLook},
    {SYS_listxattr, kNo, 0, kLookThrough},
    {SYS_llistxattr, kNo, 0, kLook},
    {SYS_inotify_add_watch, kNo, 1, kLookThrough},
    {SYS_fanotify_mark, 3, 4, kLookThrough},
    {SYS_name_to_handle_at, 0, 1, kLook, 4, FlagsKind::kFollowOnly},
    {SYS_open_tree, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {SYS_setxattr, kNo, 0, kChangeThrough},
    {SYS_lsetxattr, kNo, 0, kChange},
    {SYS_removexattr, kNo, 0, kChangeThrough},
    {SYS_lremovexattr, kNo, 0, kChange},
    {SYS_truncate, kNo, 0, kChangeThrough},
    {SYS_utime, kNo, 0, kChangeThrough},
    {SYS_utimes, kNo, 0, kChangeThrough},
    {SYS_futimesat, 0, 1, kChangeThrough},
    {SYS_utimensat, 0, 1, kChangeThrough, 3, FlagsKind::kAt},
    {SYS_chmod, kNo, 0, kChangeThrough},
    {SYS_fchmodat, 0, 1, kChangeThrough},
    {452 /* fchmodat2 */, 0, 1, kChangeThrough, 3, FlagsKind::kAt},
    {SYS_chown, kNo, 0, kChangeThrough},
    {SYS_lchown, kNo, 0, kChange},
    {SYS_fchownat, 0, 1, kChangeThrough, 4, FlagsKind::kAt},
    {SYS_mkdir, kNo, 0, kCreate},
    {SYS_mkdirat, 0, 1, kCreate},
    {SYS_mknod, kNo, 0, kCreate},
    {SYS_mknodat, 0, 1, kCreate},
    {SYS_rmdir, kNo, 0, kChange},
    {SYS_unlink, kNo, 0, kChange},
    {SYS_unlinkat, 0, 1, kChange},
    {SYS_rename, kNo, 0, kChange},
    {SYS_rename, kNo, 1, kCreate},
    {SYS_renameat, 0, 1, kChange},
    {SYS_renameat, 2, 3, kCreate},
    {SYS_renameat2, 0, 1, kChange},
    {SYS_renameat2, 2, 3, kCreate},
    {SYS_link, kNo, 0, kLook},
    {SYS_link, kNo, 1, kCreate},
    {SYS_linkat, 0, 1, kLook, 4, FlagsKind::kFollowOnly},
    {SYS_linkat, 2, 3, kCreate},
    {SYS_symlink, kNo, 1, kCreate},
    {SYS_symlinkat, 1, 2, kCreate},
    {SYS_bind, kNo, 1, kCreate, 2, FlagsKind::kSockaddr},
    {SYS_connect, kNo, 1, kLookThrough, 2, FlagsKind::kSockaddr},
    {SYS_sendto, kNo, 4, kLookThrough, 5, FlagsKind::kSockaddr},
    {SYS_mount, kNo, 0, kLookThrough},
    {SYS_mount, kNo, 1, kLookThrough},
    {SYS_umount2, kNo, 0, kLookThrough},
    {SYS_pivot_root, kNo, 0, kLookThrough},
    {SYS_pivot_root, kNo, 1, kLookThrough},
    {SYS_move_mount, 0, 1, kLook},
    {SYS_move_mount, 2, 3, kLook},
    {SYS_fspick, 0, 1, kLookThrough},
    {442 /* mount_setattr */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {467 /* open_tree_attr */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {463 /* setxattrat */, 0, 1, kChangeThrough, 2, FlagsKind::kAt},
    {464 /* getxattrat */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {465 /* listxattrat */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {466 /* removexattrat */, 0, 1, kChangeThrough, 2, FlagsKind::kAt},
    {468 /* file_getattr */, 0, 1, kLookThrough, 4, FlagsKind::kAt},
    {469 /* file_setattr */, 0, 1, kChangeThrough, 4, FlagsKind::kAt},
    {SYS_swapon, kNo, 0, kLookThrough},
    {SYS_swapoff, kNo, 0, kLookThrough},
    {SYS_acct, kNo, 0, kLookThrough},
    {SYS_quotactl, kNo, 1, kLookThrough},
    {SYS_uselib, kNo, 0, kOpen | kFollow},
};

constexpr PathCall kCalls32[] = {
    {5 /* open */, kNo, 0, kOpen | kFollow, 1, FlagsKind::kOpen},
    {295 /* openat */, 0, 1, kOpen | kFollow, 2, FlagsKind::kOpen},
    {437 /* openat2 */, 0, 1, kOpen | kFollow, 2, FlagsKind::kOpenHow},
    {8 /* creat */, kNo, 0, kOpen | kCreate | kFollow},
    {18 /* oldstat */, kNo, 0, kLookThrough},
    {84 /* oldlstat */, kNo, 0, kLook},
    {106 /* stat */, kNo, 0, kLookThrough},
    {107 /* lstat */, kNo, 0, kLook},
    {195 /* stat64 */, kNo, 0, kLookThrough},
    {196 /* lstat64 */, kNo, 0, kLook},
    {300 /* fstatat64 */, 0, 1, kLookThrough, 3, FlagsKind::kAt},
    {383 /* statx */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {33 /* access */, kNo, 0, kLookThrough},
    {307 /* faccessat */, 0, 1, kLookThrough},
    {439 /* faccessat2 */, 0, 1, kLookThrough, 3, FlagsKind::kAt},
    {85 /* readlink */, kNo, 0, kLook},
    {305 /* readlinkat */, 0, 1, kLook},
    {11 /* execve */, kNo, 0, kExecute | kFollow},
    {358 /* execveat */, 0, 1, kExecute | kFollow, 4, FlagsKind::kAt},
    {12 /* chdir */, kNo, 0, kEnter | kFollow},
    {61 /* chroot */, kNo, 0, kEnter | kFollow},
    {99 /* statfs */, kNo, 0, kLookThrough},
    {268 /* statfs64 */, kNo, 0, kLookThrough},
    {229 /* getxattr */, kNo, 0, kLookThrough},
    {230 /* lgetxattr */, kNo, 0, kLook},
    {232 /* listxattr */, kNo, 0, kLookThrough},
    {233 /* llistxattr */, kNo, 0, kLook},
    {292 /* inotify_add_watch */, kNo, 1, kLookThrough},
    {339 /* fanotify_mark */, 4, 5, kLookThrough},  // the mask takes two arguments here
    {341 /* name_to_handle_at */, 0, 1, kLook, 4, FlagsKind::kFollowOnly},
    {428 /* open_tree */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {226 /* setxattr */, kNo, 0, kChangeThrough},
    {227 /* lsetxattr */, kNo, 0, kChange},
    {235 /* removexattr */, kNo, 0, kChangeThrough},
    {236 /* lremovexattr */, kNo, 0, kChange},
    {92 /* truncate */, kNo, 0, kChangeThrough},
    {193 /* truncate64 */, kNo, 0, kChangeThrough},
    {30 /* utime */, kNo, 0, kChangeThrough},
    {271 /* utimes */, kNo, 0, kChangeThrough},
    {299 /* futimesat */, 0, 1, kChangeThrough},
    {320 /* utimensat */, 0, 1, kChangeThrough, 3, FlagsKind::kAt},
    {412 /* utimensat_time64 */, 0, 1, kChangeThrough, 3, FlagsKind::kAt},
    {15 /* chmod */, kNo, 0, kChangeThrough},
    {306 /* fchmodat */, 0, 1, kChangeThrough},
    {452 /* fchmodat2 */, 0, 1, kChangeThrough, 3, FlagsKind::kAt},
    {182 /* chown */, kNo, 0, kChangeThrough},
    {212 /* chown32 */, kNo, 0, kChangeThrough},
    {16 /* lchown */, kNo, 0, kChange},
    {198 /* lchown32 */, kNo, 0, kChange},
    {298 /* fchownat */, 0, 1, kChangeThrough, 4, FlagsKind::kAt},
    {39 /* mkdir */, kNo, 0, kCreate},
    {296 /* mkdirat */, 0, 1, kCreate},
    {14 /* mknod */, kNo, 0, kCreate},
    {297 /* mknodat */, 0, 1, kCreate},
    {40 /* rmdir */, kNo, 0, kChange},
    {10 /* unlink */, kNo, 0, kChange},
    {301 /* unlinkat */, 0, 1, kChange},
    {38 /* rename */, kNo, 0, kChange},
    {38 /* rename */, kNo, 1, kCreate},
    {302 /* renameat */, 0, 1, kChange},
    {302 /* renameat */, 2, 3, kCreate},
    {353 /* renameat2 */, 0, 1, kChange},
    {353 /* renameat2 */, 2, 3, kCreate},
    {9 /* link */, kNo, 0, kLook},
    {9 /* link */, kNo, 1, kCreate},
    {303 /* linkat */, 0, 1, kLook, 4, FlagsKind::kFollowOnly},
    {303 /* linkat */, 2, 3, kCreate},
    {83 /* symlink */, kNo, 1, kCreate},
    {304 /* symlinkat */, 1, 2, kCreate},
    {361 /* bind */, kNo, 1, kCreate, 2, FlagsKind::kSockaddr},
    {362 /* connect */, kNo, 1, kLookThrough, 2, FlagsKind::kSockaddr},
    {369 /* sendto */, kNo, 4, kLookThrough, 5, FlagsKind::kSockaddr},
    {21 /* mount */, kNo, 0, kLookThrough},
    {21 /* mount */, kNo, 1, kLookThrough},
    {22 /* umount */, kNo, 0, kLookThrough},
    {52 /* umount2 */, kNo, 0, kLookThrough},
    {217 /* pivot_root */, kNo, 0, kLookThrough},
    {217 /* pivot_root */, kNo, 1, kLookThrough},
    {429 /* move_mount */, 0, 1, kLook},
    {429 /* move_mount */, 2, 3, kLook},
    {433 /* fspick */, 0, 1, kLookThrough},
    {442 /* mount_setattr */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {467 /* open_tree_attr */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {463 /* setxattrat */, 0, 1, kChangeThrough, 2, FlagsKind::kAt},
    {464 /* getxattrat */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {465 /* listxattrat */, 0, 1, kLookThrough, 2, FlagsKind::kAt},
    {466 /* removexattrat */, 0, 1, kChangeThrough, 2, FlagsKind::kAt},
    {468 /* file_getattr */, 0, 1, kLookThrough, 4, FlagsKind::kAt},
    {469 /* file_setattr */, 0, 1, kChangeThrough, 4, FlagsKind::kAt},
    {87 /* swapon */, kNo, 0, kLookThrough},
    {115 /* swapoff */, kNo, 0, kLookThrough},
    {51 /* acct */, kNo, 0, kLookThrough},
    {131 /* quotactl */, kNo, 1, kLookThrough},
    {86 /* uselib */, kNo, 0, kOpen | kFollow},
};

/// Calls that matter without a path; where `mask` is not 0, only with one of these bits in the
/// argument.
struct StateCall {
    int number;
    std::uint8_t argument;
    std::uint32_t mask;
    OtherCall meaning;
};

constexpr StateCall kState64[] = {
    {SYS_setns, 0, 0, OtherCall::kNewWorld},
    {SYS_unshare, 0, CLONE_NEWNS, OtherCall::kNewWorld},
    {SYS_clone, 0, CLONE_NEWNS, OtherCall::kNewWorld},
    {SYS_clone3, 0, 0, OtherCall::kNewWorld},  // its flags are in memory
    {SYS_chroot, 0, 0, OtherCall::kNewWorld},
    {SYS_pivot_root, 0, 0, OtherCall::kNewWorld},
    {SYS_seccomp, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, OtherCall::kListener},
};

constexpr StateCall kState32[] = {
    {346 /* setns */, 0, 0, OtherCall::kNewWorld},
    {310 /* unshare */, 0, CLONE_NEWNS, OtherCall::kNewWorld},
    {120 /* clone */, 0, CLONE_NEWNS, OtherCall::kNewWorld},
    {435 /* clone3 */, 0, 0, OtherCall::kNewWorld},
    {61 /* chroot */, 0, 0, OtherCall::kNewWorld},
    {217 /* pivot_root */, 0, 0, OtherCall::kNewWorld},
    {354 /* seccomp */, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, OtherCall::kListener},
    {102 /* socketcall */, 0, 0, OtherCall::kSocketCall},
};
// clang-format on

std::set<int> numbers_of(std::span<const PathCall> calls) {
    std::set<int> numbers;
    for (const PathCall& call : calls) numbers.insert(call.number);
    return numbers;
}

sock_filter statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}

/// Continues with the next instruction if the accumulator is `k`, else skips one.
sock_filter unless_equal_skip(std::uint32_t k) {
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, k};
}

std::uint32_t argument_offset(std::uint8_t argument) {
    return offsetof(seccomp_data, args) + 8u * argument;  // its low half: little-endian
}

/// Decides on the call number in the accumulator. Each number has its own return right behind it,
/// as a conditional jump reaches 255 instructions at most.
void append_decisions(std::vector<sock_filter>& program, std::span<const PathCall> calls,
                      std::span<const StateCall> states, int send_to, std::uint32_t action) {
    std::set<int> numbers = numbers_of(calls);
    numbers.erase(send_to);
    for (const StateCall& state : states)
        if (state.mask == 0) numbers.insert(state.number);
    for (const int number : numbers) {
        program.push_back(unless_equal_skip(static_cast<std::uint32_t>(number)));
        program.push_back(statement(BPF_RET | BPF_K, action));
    }
    const auto append_masked = [&](int number, std::uint8_t argument, std::uint32_t mask) {
        // Over the next four where it is another call.
        program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 4, static_cast<std::uint32_t>(number)});
        program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, argument_offset(argument)));
        program.push_back({BPF_JMP | BPF_JSET | BPF_K, 0, 1, mask});
        program.push_back(statement(BPF_RET | BPF_K, action));
        program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    };
    for (const StateCall& state : states)
        if (state.mask != 0) append_masked(state.number, state.argument, state.mask);
    append_masked(send_to, 4, ~0u);  // send(2) has no address
    program.push_back(unless_equal_skip(kIoUringSetup));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
}

/// A table by number: a look-up for each stopped call must cost nothing. Entries of one number
/// stand together in the tables.
class CallIndex {
 public:
    explicit CallIndex(std::span<const PathCall> calls) {
        for (std::size_t i = 0; i < calls.size(); ++i) {
            const auto number = static_cast<std::size_t>(calls[i].number);
            if (number >= entries_.size()) entries_.resize(number + 1);
            std::span<const PathCall>& entry = entries_[number];
            entry = entry.empty() ? calls.subspan(i, 1) : std::span(entry.data(), entry.size() + 1);
        }
    }
    std::span<const PathCall> find(int number) const {
        const auto index = static_cast<std::size_t>(number);
        return number < 0 || index >= entries_.size() ? std::span<const PathCall>()
                                                      : entries_[index];
    }

 private:
    std::vector<std::span<const PathCall>> entries_;
};

bool is_32bit(const seccomp_data& data) {
    return data.arch == AUDIT_ARCH_I386;
}

int number_of(const seccomp_data& data) {
    return is_32bit(data) ? data.nr
                          : static_cast<int>(static_cast<std::uint32_t>(data.nr) & ~kX32Bit);
}

}  // namespace

std::span<const PathCall> path_calls_of(const seccomp_data& data) {
    static const CallIndex of64(kCalls64), of32(kCalls32);
    return (is_32bit(data) ? of32 : of64).find(number_of(data));
}

OtherCall other_call_of(const seccomp_data& data) {
    const std::span<const StateCall> table = is_32bit(data) ? std::span<const StateCall>(kState32)
                                                            : std::span<const StateCall>(kState64);
    for (const StateCall& state : table)
        if (state.number == number_of(data) &&
            (state.mask == 0 || (data.args[state.argument] & state.mask)))
            return state.meaning;
    return OtherCall::kNone;
}

seccomp_data unpack_socketcall(const seccomp_data& data, const std::uint32_t (&arguments)[6]) {
    seccomp_data meant = data;
    switch (data.args[0]) {  // include/uapi/linux/net.h
        case 2:
            meant.nr = 361;
            break;  // SYS_BIND
        case 3:
            meant.nr = 362;
            break;  // SYS_CONNECT
        case 11:
            meant.nr = 369;
            break;  // SYS_SENDTO
        default:
            return data;
    }
    std::copy(std::begin(arguments), std::end(arguments), std::begin(meant.args));
    return meant;
}

std::vector<sock_filter> make_watch_filter(std::uint32_t action) {
    constexpr unsigned kLoadWord = BPF_LD | BPF_W | BPF_ABS;
    std::vector<sock_filter> i386 = {statement(kLoadWord, offsetof(seccomp_data, nr))};
    append_decisions(i386, kCalls32, kState32, kSendTo32, action);

    std::vector<sock_filter> program = {statement(kLoadWord, offsetof(seccomp_data, arch))};
    program.push_back(unless_equal_skip(AUDIT_ARCH_I386));
    // Over "is it x86-64?" to the i386 part, which stands behind the 64-bit one.
    const std::size_t jump = program.size();
    program.push_back(statement(BPF_JMP | BPF_JA, 0));
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, 1, 0, AUDIT_ARCH_X86_64});
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    program.push_back(statement(kLoadWord, offsetof(seccomp_data, nr)));
    program.push_back(statement(BPF_ALU | BPF_AND | BPF_K, ~kX32Bit));
    append_decisions(program, kCalls64, kState64, SYS_sendto, action);
    program[jump].k = static_cast<std::uint32_t>(program.size() - jump - 1);
    program.insert(program.end(), i386.begin(), i386.end());
    return program;
}

}  // namespace mincs::polecat
