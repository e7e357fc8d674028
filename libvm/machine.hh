// A machine as a plain value: what minc decides (librun/machine.hh), a file in the container's
// directory keeps, and the monitor (tools/minc-machine) reads. All paths are those of the machine
// room (container/machine_room.hh).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::vm {

/// Where things lie in the machine room.
inline constexpr const char* kShareAt = "/machine/share";  ///< what is shared with the guest
inline constexpr const char* kRootAt = "/machine/share/root";
inline constexpr const char* kBindsAt = "/machine/share/binds";
inline constexpr const char* kPlanAt = "/machine/plan.json";
inline constexpr const char* kKernelAt = "/machine/kernel";
inline constexpr const char* kInitramfsAt = "/machine/initramfs";
inline constexpr const char* kMonitorAt = "/machine/monitor";
inline constexpr const char* kNetworkAt = "/machine/network";     ///< minc-slirp
inline constexpr const char* kSessionsAt = "/tmp/sessions.sock";  ///< the monitor's socket

/// And in the guest.
inline constexpr const char* kGuestShareAt = "/share";
inline constexpr const char* kGuestRootAt = "/share/root";
inline constexpr const char* kGuestBindsAt = "/share/binds";
inline constexpr const char* kGuestResolversAt = "/resolv.conf";

/// The port of virtio-serial that the frames go over (frame.hh).
inline constexpr const char* kPortName = "org.mincs.channel";
/// What is shared, to the guest's kernel.
inline constexpr const char* kShareTag = "share";
/// The guest's network, as libslirp makes it: in qemu, or in minc-slirp. The gateway and the name
/// server are libslirp itself.
inline constexpr const char* kGuestNetwork = "10.0.2.0";
inline constexpr const char* kGuestMask = "255.255.255.0";
inline constexpr const char* kGuestGateway = "10.0.2.2";
inline constexpr const char* kGuestResolver = "10.0.2.3";
inline constexpr const char* kGuestAddress = "10.0.2.15";

enum class Hypervisor { kQemu, kUserMode };

struct Machine {
    Hypervisor hypervisor = Hypervisor::kQemu;
    std::string arch = "x86_64";  ///< of the guest: "x86_64", "arm64"
    std::string program;          ///< the hypervisor's
    std::string file_server;      ///< virtiofsd's program; empty: the root is shared by 9p
    std::string accelerator;      ///< "kvm", "tcg"
    /// Where the guest is not up in time with another accelerator: once more with tcg.
    bool may_fall_back = false;
    std::string board = "pc";  ///< qemu's -M: "pc", "microvm", "virt"
    std::int64_t memory = 0;   ///< bytes
    int cpus = 1;
    bool has_network = false;
    std::vector<std::string> ports;  ///< of the guest that answer in the machine room: "tcp:80"
    int boot_seconds = 60;           ///< by then the guest is up
    bool terminal = false;           ///< the monitor's stdin and stdout are one of its own
    bool debug = false;              ///< the guest's console goes to stderr, too
    std::string guest;               ///< the command's ContainerSpec, as JSON
};

std::string to_text(const Machine& machine);
/// Throws Error naming `what`.
Machine parse_machine(std::string_view text, std::string_view what);

/// One more command for the guest, as minc-machine gets it: by its own words in the machine room,
/// and the environment is its own.
struct GuestCommand {
    std::string user;        ///< looked up in the root; empty: the container's
    bool sets_home = false;  ///< HOME becomes that user's
    bool terminal = false;   ///< minc-machine's streams are one, and the command gets one
    std::string directory;   ///< empty: the container's
    std::vector<std::string> args;
};
std::vector<std::string> to_words(const GuestCommand& command);
/// Throws UsageError.
GuestCommand parse_guest_command(std::span<char* const> words);

/// The words of the guest's kernel command line that are for our /init (tools/minc-guest):
/// "ermine.KEY=VALUE".
struct GuestWords {
    std::string channel;  ///< "virtio", or the name of a serial line
    std::string share;    ///< "9p", "virtiofs", or "hostfs"
    bool has_network = false;
    bool shell = false;    ///< a shell of busybox on the console, and no command
    bool restart = false;  ///< the machine ends by a restart, where it cannot switch itself off
};
std::string to_text(const GuestWords& words);
GuestWords parse_guest_words(std::string_view command_line);

}  // namespace mincs::vm
