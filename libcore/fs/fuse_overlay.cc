// See fuse_overlay.hh. The mount is ours and the program is given its end of /dev/fuse ("/dev/fd/N"
// in the place of a mount point, libfuse 3.3): so it needs no fusermount3, which is setuid, and no
// directory. All directories are named by descriptors, as its options know ':' and ',' as
// separators.
#include "libcore/fs/fuse_overlay.hh"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <csignal>

#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {
namespace {

constexpr const char* kProgram = "fuse-overlayfs";
constexpr const char* kDevice = "/dev/fuse";

/// Directories for a program that is started, which finds them by their numbers.
class HandedOver {
 public:
    std::string add(const std::string& directory) {
        fds_.emplace_back(check(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC),
                                "opening the overlay's directory '{}'", printable(directory)));
        return proc_path(fds_.back().get());
    }
    /// In the child.
    void keep_over_exec() const {
        for (const Fd& fd : fds_) fcntl(fd.get(), F_SETFD, 0);
    }

 private:
    std::vector<Fd> fds_;
};

/// "writeback=0": else what was written would for a while be in the kernel alone.
std::string options_for(const OverlayOptions& options, Owners owners, HandedOver& directories) {
    std::string text = "writeback=0,lowerdir=";
    for (const std::string& layer : options.lower)
        text += (text.ends_with('=') ? "" : ":") + directories.add(layer);
    if (!options.upper.empty()) {
        text += ",upperdir=" + directories.add(options.upper);
        text += ",workdir=" + directories.add(options.work);
    }
    if (options.is_volatile) text += ",volatile";
    if (owners == Owners::kRoot) text += ",squash_to_root";
    return text;
}

/// What the program says, 64 KiB at most: what is more is lost, so that it never waits for a
/// reader.
class Said {
 public:
    Said() : pipe_(Pipe::make()) {
        for (const Fd* end : {&pipe_.read_end, &pipe_.write_end})
            check(fcntl(end->get(), F_SETFL, O_NONBLOCK), "making a pipe that never blocks");
    }
    /// In the child, which keeps the other end, too: a pipe without a reader would kill it.
    void become_output() const {
        fcntl(pipe_.read_end.get(), F_SETFD, 0);
        for (const int standard : {STDOUT_FILENO, STDERR_FILENO})
            dup2(pipe_.write_end.get(), standard);
    }
    /// The last line, or nothing.
    std::string last_line() const {
        char buffer[4096];
        std::string text;
        for (ssize_t got; (got = read(pipe_.read_end.get(), buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        while (text.ends_with('\n')) text.pop_back();
        return printable(text.substr(text.rfind('\n') + 1));
    }

 private:
    Pipe pipe_;
};

/// Nothing of the caller's terminal, signals and mounts is its own: the mount namespace that it
/// had in common with the mount would keep that, and so the program, for ever.
Child start_program(const std::vector<std::string>& words, const Fd& device,
                    const HandedOver& directories, const Said& said) {
    const std::vector<char*> argv = to_c_array(words);
    const Fd null(check(open("/dev/null", O_RDONLY | O_CLOEXEC), "opening /dev/null"));
    sigset_t none;
    sigemptyset(&none);
    return Child::vfork(CLONE_NEWNS, [&] {
        setsid();
        make_all_mounts_private();
        sigprocmask(SIG_SETMASK, &none, nullptr);
        dup2(null.get(), STDIN_FILENO);
        said.become_output();
        directories.keep_over_exec();
        fcntl(device.get(), F_SETFD, 0);
        execv(argv[0], argv.data());
        return 127;
    });
}

/// Else it is not the overlay that is refused: a filter forbids to mount, as in a container.
bool may_mount() {
    try {
        new_filesystem("tmpfs", {"size=4k"}, 0);
        return true;
    } catch (const SysError&) {
        return false;
    }
}

std::string program() {
    const auto found = find_program(kProgram);
    if (!found) throw Error("'{}' is not there", kProgram).with_hint("it is a package of Debian");
    return *found;
}

}  // namespace

bool is_refusal(const SysError& failure) {
    const int code = failure.code();
    const bool is_such = code == EPERM || code == ENODEV || code == ENOSYS;
    return is_such && !in_first_user_namespace() && may_mount();
}

bool kernel_refuses_overlays(const std::string& one, const std::string& other) {
    try {
        mount_overlay({.lower = {one, other}});
    } catch (const SysError& error) {
        if (is_refusal(error)) return true;
    }
    return false;
}

bool has_fuse_overlay() {
    return find_program(kProgram) && access(kDevice, R_OK | W_OK) == 0;
}

FuseOverlay mount_fuse_overlay(const OverlayOptions& options, Owners owners) {
    Fd device(check(open(kDevice, O_RDWR | O_CLOEXEC), "opening '{}'", kDevice));
    Fd mount = new_filesystem("fuse",
                              {fmt::format("fd={}", device.get()), "rootmode=40755", "user_id=0",
                               "group_id=0", "allow_other", "default_permissions"},
                              options.upper.empty() ? MOUNT_ATTR_RDONLY : 0);
    HandedOver directories;
    const Said said;
    const std::vector<std::string> words = {program(), "-f", "-o",
                                            options_for(options, owners, directories),
                                            fmt::format("/dev/fd/{}", device.get())};
    FuseOverlay made{std::move(mount), start_program(words, device, directories, said)};
    device.reset();  // now the kernel notices where it ends
    // Answered when it has begun to serve.
    const Fd root(openat(made.mount.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) {
        const int code = errno;
        const std::string line = said.last_line();
        throw Error("{} serves no overlay: {}", kProgram,
                    line.empty() ? SysError::errno_text(code) : line);
    }
    debug("{} serves an overlay of {} layers as process {}", kProgram, options.lower.size(),
          made.server.pid());
    return made;
}

}  // namespace mincs::fs
