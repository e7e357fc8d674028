// See own_program.hh.
#include "libcore/container/own_program.hh"

#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::container {
namespace {

constexpr const char* kOwnProgram = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Fd open_own_program() {
    return Fd(check(open(kOwnProgram, O_RDONLY | O_CLOEXEC), "opening the own program"));
}

/// This process's arguments as the kernel keeps them (proc(5), cmdline).
std::vector<std::string> own_arguments() {
    const std::string text = read_file("/proc/self/cmdline");
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\0', at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

[[noreturn]] void execute_again(const Fd& program) {
    const std::vector<std::string> words = own_arguments();
    execveat(program.get(), "", to_c_array(words).data(), environ, AT_EMPTY_PATH);
    throw SysError(errno, "running the own program's copy");
}

Fd sealed_copy(const Fd& program) {
    Fd copy(check(memfd_create("mincs", MFD_CLOEXEC | MFD_ALLOW_SEALING), "making a memory file"));
    struct stat info;
    check(fstat(program.get(), &info), "examining the own program");
    for (off_t at = 0; at < info.st_size;) {
        const ssize_t sent = check(
            sendfile(copy.get(), program.get(), &at, static_cast<std::size_t>(info.st_size - at)),
            "copying the own program");
        if (sent == 0) throw Error("copying the own program: it became shorter meanwhile");
    }
    check(fcntl(copy.get(), F_ADD_SEALS, kSeals), "sealing the own program's copy");
    return copy;
}

}  // namespace

void become_sealed_copy() {
    const Fd program = open_own_program();
    const int seals = fcntl(program.get(), F_GET_SEALS);  // EINVAL: no such file
    if (seals != -1 && (seals & kSeals) == kSeals) return;
    debug("running on from a sealed copy of this program");
    setenv(kOwnProgramVariable, own_executable().c_str(), 1);
    execute_again(sealed_copy(program));
}

void become_read_only_program() {
    // An ordinary user makes no mounts, and as root of a user namespace none of those that were
    // there before.
    if (geteuid() != 0 || !fs::in_first_user_namespace()) return become_sealed_copy();
    const Fd program = open_own_program();
    struct statvfs info;
    check(fstatvfs(program.get(), &info), "examining the own program's file system");
    if (info.f_flag & ST_RDONLY) return;
    debug("running on from a read-only view of this program");
    const Fd view = fs::clone_mount(program.get(), "", false);
    fs::add_mount_attributes(view.get(), fs::kReadOnly, false);
    setenv(kOwnProgramVariable, own_executable().c_str(), 1);
    execute_again(view);
}

std::string own_program_path() {
    // Seen through a mount that is nowhere attached, the file's path is "/".
    const std::string seen = own_executable();
    if (seen != "/" && access(seen.c_str(), X_OK) == 0) return seen;
    const char* known = getenv(kOwnProgramVariable);
    return known ? known : "";
}

}  // namespace mincs::container
