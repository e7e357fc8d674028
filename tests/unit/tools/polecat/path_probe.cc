// See path_probe.hh.
#include "tests/unit/tools/polecat/path_probe.hh"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <span>

namespace mincs::polecat {
namespace {

/// A call and its arguments, a letter each: p a path, d the directory's descriptor with an r for a
/// path relative to it behind, s a socket's address with l for its length, i a descriptor of a
/// socket, h a struct open_how and H its size, b a buffer and z its size, n some text, 0 zero.
struct Probe {
    const char* name;
    int number;
    const char* arguments;
};

constexpr Probe kProbes64[] = {
    {"open", SYS_open, "p00"},
    {"openat", SYS_openat, "dr00"},
    {"openat2", 437, "drhH"},
    {"creat", SYS_creat, "p0"},
    {"stat", SYS_stat, "pb"},
    {"lstat", SYS_lstat, "pb"},
    {"newfstatat", SYS_newfstatat, "drb0"},
    {"statx", SYS_statx, "dr00b"},
    {"access", SYS_access, "p0"},
    {"faccessat", SYS_faccessat, "dr0"},
    {"faccessat2", 439, "dr00"},
    {"readlink", SYS_readlink, "pbz"},
    {"readlinkat", SYS_readlinkat, "drbz"},
    {"execve", SYS_execve, "p00"},
    {"execveat", SYS_execveat, "dr000"},
    {"chdir", SYS_chdir, "p"},
    {"statfs", SYS_statfs, "pb"},
    {"getxattr", SYS_getxattr, "pnbz"},
    {"lgetxattr", SYS_lgetxattr, "pnbz"},
    {"listxattr", SYS_listxattr, "pbz"},
    {"llistxattr", SYS_llistxattr, "pbz"},
    {"setxattr", SYS_setxattr, "pnbz0"},
    {"lsetxattr", SYS_lsetxattr, "pnbz0"},
    {"removexattr", SYS_removexattr, "pn"},
    {"lremovexattr", SYS_lremovexattr, "pn"},
    {"setxattrat", 463, "dr0nbz"},
    {"getxattrat", 464, "dr0nbz"},
    {"listxattrat", 465, "dr0bz"},
    {"removexattrat", 466, "dr0n"},
    {"file_getattr", 468, "drbz0"},
    {"file_setattr", 469, "drbz0"},
    {"inotify_add_watch", SYS_inotify_add_watch, "0pz"},
    {"fanotify_mark", SYS_fanotify_mark, "0z0dr"},
    {"name_to_handle_at", SYS_name_to_handle_at, "drbb0"},
    {"open_tree", 428, "dr0"},
    {"open_tree_attr", 467, "dr0bz"},
    {"move_mount", 429, "drdr0"},
    {"fspick", 433, "dr0"},
    {"mount_setattr", 442, "dr0bz"},
    {"mount", SYS_mount, "ppn00"},
    {"umount2", SYS_umount2, "p0"},
    {"truncate", SYS_truncate, "p0"},
    {"utime", SYS_utime, "p0"},
    {"utimes", SYS_utimes, "p0"},
    {"futimesat", SYS_futimesat, "dr0"},
    {"utimensat", SYS_utimensat, "dr00"},
    {"chmod", SYS_chmod, "p0"},
    {"fchmodat", SYS_fchmodat, "dr0"},
    {"fchmodat2", 452, "dr00"},
    {"chown", SYS_chown, "p00"},
    {"lchown", SYS_lchown, "p00"},
    {"fchownat", SYS_fchownat, "dr000"},
    {"mkdir", SYS_mkdir, "p0"},
    {"mkdirat", SYS_mkdirat, "dr0"},
    {"mknod", SYS_mknod, "p00"},
    {"mknodat", SYS_mknodat, "dr00"},
    {"rmdir", SYS_rmdir, "p"},
    {"unlink", SYS_unlink, "p"},
    {"unlinkat", SYS_unlinkat, "dr0"},
    {"rename", SYS_rename, "pp"},
    {"renameat", SYS_renameat, "drdr"},
    {"renameat2", SYS_renameat2, "drdr0"},
    {"link", SYS_link, "pp"},
    {"linkat", SYS_linkat, "drdr0"},
    {"symlink", SYS_symlink, "np"},
    {"symlinkat", SYS_symlinkat, "ndr"},
    {"bind", SYS_bind, "isl"},
    {"connect", SYS_connect, "isl"},
    {"sendto", SYS_sendto, "ib00sl"},
    {"swapon", SYS_swapon, "p0"},
    {"swapoff", SYS_swapoff, "p"},
    {"acct", SYS_acct, "p"},
    {"quotactl", SYS_quotactl, "0p00"},
    {"uselib", SYS_uselib, "p"},
    {"pivot_root", SYS_pivot_root, "pp"},
    {"chroot", SYS_chroot, "p"},
};

constexpr Probe kProbes32[] = {
    {"open", 5, "p00"},
    {"openat", 295, "dr00"},
    {"openat2", 437, "drhH"},
    {"creat", 8, "p0"},
    {"oldstat", 18, "pb"},
    {"oldlstat", 84, "pb"},
    {"stat", 106, "pb"},
    {"lstat", 107, "pb"},
    {"stat64", 195, "pb"},
    {"lstat64", 196, "pb"},
    {"fstatat64", 300, "drb0"},
    {"statx", 383, "dr00b"},
    {"access", 33, "p0"},
    {"faccessat", 307, "dr0"},
    {"faccessat2", 439, "dr00"},
    {"readlink", 85, "pbz"},
    {"readlinkat", 305, "drbz"},
    {"execve", 11, "p00"},
    {"execveat", 358, "dr000"},
    {"chdir", 12, "p"},
    {"statfs", 99, "pb"},
    {"statfs64", 268, "pzb"},
    {"getxattr", 229, "pnbz"},
    {"lgetxattr", 230, "pnbz"},
    {"listxattr", 232, "pbz"},
    {"llistxattr", 233, "pbz"},
    {"setxattr", 226, "pnbz0"},
    {"lsetxattr", 227, "pnbz0"},
    {"removexattr", 235, "pn"},
    {"lremovexattr", 236, "pn"},
    {"setxattrat", 463, "dr0nbz"},
    {"getxattrat", 464, "dr0nbz"},
    {"inotify_add_watch", 292, "0pz"},
    {"fanotify_mark", 339, "0z00dr"},
    {"name_to_handle_at", 341, "drbb0"},
    {"open_tree", 428, "dr0"},
    {"move_mount", 429, "drdr0"},
    {"fspick", 433, "dr0"},
    {"mount_setattr", 442, "dr0bz"},
    {"mount", 21, "ppn00"},
    {"umount", 22, "p"},
    {"umount2", 52, "p0"},
    {"truncate", 92, "p0"},
    {"truncate64", 193, "p00"},
    {"utime", 30, "p0"},
    {"utimes", 271, "p0"},
    {"futimesat", 299, "dr0"},
    {"utimensat", 320, "dr00"},
    {"utimensat_time64", 412, "dr00"},
    {"chmod", 15, "p0"},
    {"fchmodat", 306, "dr0"},
    {"fchmodat2", 452, "dr00"},
    {"chown", 182, "p00"},
    {"chown32", 212, "p00"},
    {"lchown", 16, "p00"},
    {"lchown32", 198, "p00"},
    {"fchownat", 298, "dr000"},
    {"mkdir", 39, "p0"},
    {"mkdirat", 296, "dr0"},
    {"mknod", 14, "p00"},
    {"mknodat", 297, "dr00"},
    {"rmdir", 40, "p"},
    {"unlink", 10, "p"},
    {"unlinkat", 301, "dr0"},
    {"rename", 38, "pp"},
    {"renameat", 302, "drdr"},
    {"renameat2", 353, "drdr0"},
    {"link", 9, "pp"},
    {"linkat", 303, "drdr0"},
    {"symlink", 83, "np"},
    {"symlinkat", 304, "ndr"},
    {"bind", 361, "isl"},
    {"connect", 362, "isl"},
    {"sendto", 369, "ib00sl"},
    {"swapon", 87, "p0"},
    {"swapoff", 115, "p"},
    {"acct", 51, "p"},
    {"quotactl", 131, "0p00"},
    {"uselib", 86, "p"},
    {"pivot_root", 217, "pp"},
    {"chroot", 61, "p"},
};

constexpr std::size_t kBuffer = 4096;

std::span<const Probe> probes_of(Abi abi) {
    if (abi == Abi::k64) return kProbes64;
    return kProbes32;
}

std::string name_of(const Probe& probe, std::size_t argument) {
    return std::string(probe.name) + "-" + std::to_string(argument);
}

bool is_path(char letter) {
    return letter == 'p' || letter == 'r' || letter == 's';
}

/// By i386's gate, with i386's numbers, as seccomp and the kernel see it.
long call32(int number, const std::uint64_t (&arguments)[6]) {
    long result;
    const register std::uint64_t sixth asm("r12") = arguments[5];
    asm volatile(
        "lea -128(%%rsp), %%rsp\n\t"  // the red zone
        "push %%rbp\n\t"
        "mov %%r12, %%rbp\n\t"
        "int $0x80\n\t"
        "pop %%rbp\n\t"
        "lea 128(%%rsp), %%rsp\n\t"
        : "=a"(result)
        : "a"(static_cast<long>(number)), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]),
          "S"(arguments[3]), "D"(arguments[4]), "r"(sixth)
        : "memory", "r8", "r9", "r10", "r11", "cc");
    return result;
}

/// Memory that 32 bits can name.
class Memory {
 public:
    Memory()
        : begin_(static_cast<char*>(mmap(nullptr, kSize, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0))) {}
    bool good() const { return begin_ != MAP_FAILED; }
    std::uint64_t put(const void* data, std::size_t size) {
        char* place = begin_ + used_;
        used_ += (size + 15) / 16 * 16;
        std::memcpy(place, data, size);
        return reinterpret_cast<std::uint64_t>(place);
    }
    std::uint64_t text(const std::string& text) { return put(text.c_str(), text.size() + 1); }
    std::uint64_t space(std::size_t size) {
        const std::uint64_t place = reinterpret_cast<std::uint64_t>(begin_ + used_);
        used_ += size;
        return place;
    }
    void empty() { used_ = 0; }

 private:
    static constexpr std::size_t kSize = 1u << 16;
    char* begin_;
    std::size_t used_ = 0;
};

}  // namespace

bool has_abi(Abi abi) {
    if (abi == Abi::k64) return true;
    const pid_t child = fork();
    if (child == 0) {
        const std::uint64_t none[6] = {};
        _exit(call32(20 /* getpid */, none) > 0 ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<std::string> probed_names(Abi abi) {
    std::vector<std::string> names;
    for (const Probe& probe : probes_of(abi))
        for (std::size_t i = 0; probe.arguments[i]; ++i)
            if (is_path(probe.arguments[i])) names.push_back(name_of(probe, i));
    if (abi == Abi::k32) names.emplace_back("socketcall");
    return names;
}

int probe(Abi abi, const std::string& directory) {
    Memory memory;
    const int base = open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (!memory.good() || base < 0 || socket_fd < 0) return 1;
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const auto name_address = [&](const std::string& name) {
        std::strncpy(address.sun_path, (directory + "/" + name).c_str(),
                     sizeof address.sun_path - 1);
        return memory.put(&address, sizeof address);
    };
    for (const Probe& probe : probes_of(abi)) {
        memory.empty();
        std::uint64_t arguments[6] = {};
        for (std::size_t i = 0; probe.arguments[i]; ++i) {
            std::uint64_t& argument = arguments[i];
            const std::string name = name_of(probe, i);
            const std::uint64_t how[3] = {};
            switch (probe.arguments[i]) {
                case 'p':
                    argument = memory.text(directory + "/" + name);
                    break;
                case 'd':
                    argument = static_cast<std::uint64_t>(base);
                    break;
                case 'r':
                    argument = memory.text(name);
                    break;
                case 's':
                    argument = name_address(name);
                    break;
                case 'l':
                    argument = sizeof address;
                    break;
                case 'i':
                    argument = static_cast<std::uint64_t>(socket_fd);
                    break;
                case 'h':
                    argument = memory.put(how, sizeof how);
                    break;
                case 'H':
                    argument = sizeof how;
                    break;
                case 'b':
                    argument = memory.space(kBuffer);
                    break;
                case 'z':
                    argument = 16;
                    break;
                case 'n':
                    argument = memory.text("user.x");
                    break;
                default:
                    break;
            }
        }
        if (abi == Abi::k32)
            call32(probe.number, arguments);
        else
            syscall(probe.number, arguments[0], arguments[1], arguments[2], arguments[3],
                    arguments[4], arguments[5]);
    }
    if (abi == Abi::k32) {
        memory.empty();
        const std::uint32_t words[3] = {static_cast<std::uint32_t>(socket_fd),
                                        static_cast<std::uint32_t>(name_address("socketcall")),
                                        sizeof address};
        call32(102, {3 /* SYS_CONNECT */, memory.put(words, sizeof words), 0, 0, 0, 0});
    }
    return 0;
}

}  // namespace mincs::polecat
