// See emulation.hh. Who does what, in time, for a table of the container's own:
//
//     parent (host side)                     helper
//     ------------------                     ------
//     clone: user and mount namespace ---->  waits
//     maps all IDs onto themselves    ---->  the table; an entry, by the interpreter's host path
//     keeps both as descriptors       <----  the table's mount; ends
//
// Later the container's child mounts the table, and enters the user namespace before its command.
#include "libcore/container/emulation.hh"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "libcore/container/architectures.hh"
#include "libcore/container/binary_formats.hh"
#include "libcore/container/child.hh"
#include "libcore/container/console.hh"
#include "libcore/container/user_namespace.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"

namespace mincs::container {
namespace {

constexpr const char* kTablePath = "/proc/sys/fs/binfmt_misc";
constexpr char kTable = 'b';
constexpr int kNoTable = 3;

/// Tests want the host's table where the kernel has others, too.
bool only_host_table() {
    const char* wish = std::getenv("MINCS_BINFMT");
    return wish && std::string_view(wish) == "host";
}

std::string entry_name(std::string_view prefix, const Emulator& emulator) {
    return fmt::format("{}-{}", prefix, get_architecture(emulator.architecture).qemu);
}

/// None where only the host has a table.
Fd open_own_table() {
    if (only_host_table()) return {};
    try {
        return open_binary_formats();
    } catch (const SysError& error) {
        if (error.code() != EPERM && error.code() != ENODEV) throw;
        debug("{}, so it is to be the host's table", error.what());
        return {};
    }
}

void add_to_own(const Fd& table, const Emulator& emulator) {
    add_format(table.get(), emulator, entry_name("qemu", emulator));
    fs::add_mount_attributes(table.get(), MOUNT_ATTR_RDONLY, false);
}

/// The helper's life.
int make_table(const Emulator& emulator, int socket) {
    char go;
    if (read(socket, &go, 1) != 1) return kNoTable;
    const Fd table = open_own_table();
    if (!table) return kNoTable;
    add_to_own(table, emulator);
    send_descriptor(socket, kTable, table.get());
    return 0;
}

/// Somebody's entry in the host's table, which everybody may read.
bool host_serves(const Architecture& architecture) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(kTablePath, none)) {
        const std::string name = entry.path().filename();
        if (name == "register" || name == "status") continue;
        const auto text = read_file_if_exists(entry.path());
        if (text && serves_any_root(*text, architecture)) return true;
    }
    return false;
}

std::string lock_path(const std::string& name) {
    return fmt::format("/run/{}.lock", name);
}

}  // namespace

HostFormat::HostFormat(const Emulator& emulator) : name_(entry_name("mincs", emulator)) {
    if (geteuid() != 0 || !fs::in_first_user_namespace()) {
        if (host_serves(get_architecture(emulator.architecture))) return;
        throw Error("running programs for {}: this kernel has only the host's table of them",
                    emulator.architecture)
            .with_hint("Linux 6.7 or newer; or root: 'systemctl restart systemd-binfmt'");
    }
    lock_ = FileLock::acquire(lock_path(name_), FileLock::Mode::kShared);
    table_ = open_binary_formats();
    add_format(table_.get(), emulator, name_);
}

HostFormat::~HostFormat() {
    if (!table_) return;
    try {
        lock_.reset();
        const auto last = FileLock::try_acquire(lock_path(name_));
        if (!last) return;  // somebody else needs it
        remove_format(table_.get(), name_);
        unlink(lock_path(name_).c_str());
    } catch (const Error& error) {
        warning("{}, ignoring", error.what());
    }
}

Emulation::Emulation(const Emulator& emulator, bool in_own_namespace) {
    if (in_own_namespace ? make_own(emulator) : !!(table_ = open_own_table())) {
        if (!in_own_namespace) add_to_own(table_, emulator);
        debug("programs for {} are run by '{}', as a table of the container's own says",
              emulator.architecture, printable(emulator.interpreter));
        return;
    }
    user_namespace_.reset();
    host_format_.emplace(emulator);
    debug("programs for {} are run by '{}', as the host's table says", emulator.architecture,
          printable(emulator.interpreter));
}

/// False where the kernel has no table for it.
bool Emulation::make_own(const Emulator& emulator) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    Pipe errors = Pipe::make();
    Child helper = Child::clone(CLONE_NEWUSER | CLONE_NEWNS, [&] {
        errors.read_end.reset();
        close(mine.get());
        int status = 0;
        const int failed = report_failure(errors.write_end.get(),
                                          [&] { status = make_table(emulator, theirs.get()); });
        return status == 0 ? failed : status;
    });
    theirs.reset();
    errors.write_end.reset();
    map_same_ids(helper.pid());
    const std::string path = fmt::format("/proc/{}/ns/user", helper.pid());
    user_namespace_ = Fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", path));
    check(send(mine.get(), "", 1, MSG_NOSIGNAL), "having a user namespace made");
    char what = 0;
    table_ = receive_descriptor(mine.get(), what);
    throw_reported_failure(errors.read_end);
    return static_cast<bool>(table_);
}

void require_own_binary_formats() {
    unshare_user_namespace();
    open_binary_formats();
}

}  // namespace mincs::container
