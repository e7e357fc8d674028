// minc-guest: what the kernel of a machine starts as its /init, and all there is between that and
// the command: no shell, no other program. The steps, in order: the kernel's file systems, the
// modules, the line to the host, the root that is shared, the plan that comes over the line; then
// the command runs in a container as everywhere (libcore/container), and its status goes back.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/loopback.hh"
#include "libvm/channel.hh"
#include "libvm/machine.hh"
#include "tools/minc-guest/bare_machine.hh"
#include "tools/minc-guest/failure.hh"
#include "tools/minc-guest/modules.hh"
#include "tools/minc-guest/network.hh"
#include "tools/minc-guest/plan.hh"
#include "tools/minc-guest/relay.hh"
#include "tools/minc-guest/share.hh"

namespace mincs::guest {
namespace {

/// The host ends the machine when it has the status: by then all that was written is there.
void run_command(vm::Channel& channel, const vm::GuestWords& words) {
    channel.send_raw(vm::kHello);
    channel.flush();
    vm::Frame end = {vm::Kind::kStatus, ""};
    const auto failure = failure_of([&] {
        const Plan plan = receive_plan(channel);
        mount_share(words.share);
        container::bring_up_loopback();
        if (words.has_network) set_up_card();
        end.payload += static_cast<char>(run_and_relay(channel, plan));
    });
    unmount_share();
    channel.send(failure.value_or(end));
    channel.flush();
}

/// Somebody wants to look around.
void run_shell() {
    const pid_t pid = fork();
    if (pid == 0) {
        setsid();
        execl("/bin/busybox", "sh", "-l", nullptr);
        _exit(127);
    }
    waitpid(pid, nullptr, 0);
}

void live() {
    mount_kernel_filesystems();
    const vm::GuestWords words = vm::parse_guest_words(read_file("/proc/cmdline"));
    load_modules("/modules");
    if (words.shell) return run_shell();
    leave_initramfs();
    vm::Channel channel(open_channel(words.channel), vm::FrameReader::Side::kGuest);
    // A serial line holds little, and its kernel does not say so.
    if (words.channel != "virtio") channel.tell_taken();
    run_command(channel, words);
    // Whatever hangs now is the host's to end.
    for (pollfd line = {channel.readable_fd(), POLLIN, 0}; channel.pump_in();) poll(&line, 1, -1);
}

}  // namespace
}  // namespace mincs::guest

int main() {
    using namespace mincs;
    if (getpid() != 1) {
        write_log_line("error", "minc-guest is the first program of a machine that minc starts");
        return 2;
    }
    set_log("minc-guest", LogLevel::kNormal);
    // By a handler: what is ignored stays so in the command (execve(2)).
    signal(SIGPIPE, [](int) {});
    try {
        guest::live();
    } catch (const std::exception& error) {
        write_log_line("error", error.what());
    }
    guest::end_machine();
}
