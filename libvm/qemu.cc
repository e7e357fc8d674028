// See qemu.hh.
#include "libvm/qemu.hh"

#include "libcore/base/error.hh"

namespace mincs::vm {
namespace {

bool is_microvm(const Machine& machine) {
    return machine.board == "microvm";
}

/// Devices of a board without PCI are plain ones of virtio.
std::string on_bus(const Machine& machine, const std::string& device) {
    return device + (is_microvm(machine) ? "-device" : "-pci");
}

std::string board_words(const Machine& machine) {
    // With ACPI the guest of a microvm looks for clocks that are not there, and now and then waits
    // for them for ever.
    std::string words = machine.board + (is_microvm(machine) ? ",acpi=off" : "");
    // The usual interrupt controller there serves eight processors.
    if (machine.board == "virt") words += ",gic-version=max";
    if (!machine.file_server.empty()) words += ",memory-backend=memory";
    return words;
}

std::string cpu_words(const Machine& machine, const std::string& accelerator) {
    if (accelerator == "kvm") return "host";
    return machine.arch == "arm64" ? "max,pauth-impdef=on" : "max";
}

std::string kernel_words(const Machine& machine, const std::string& accelerator) {
    const bool is_arm = machine.arch == "arm64";
    std::string words = fmt::format("console={} quiet panic=-1 rcupdate.rcu_expedited=1",
                                    is_arm ? "ttyAMA0" : "ttyS0");
    if (is_microvm(machine)) words += " reboot=t";
    if (accelerator == "tcg") words += words_for_emulation(machine.arch);
    const GuestWords ours = {.channel = "virtio",
                             .share = machine.file_server.empty() ? "9p" : "virtiofs",
                             .has_network = machine.has_network,
                             .restart = is_microvm(machine)};
    return words + " " + to_text(ours);
}

void add_share(const Machine& machine, std::vector<std::string>& words) {
    if (machine.file_server.empty()) {
        words.insert(words.end(), {"-fsdev",
                                   fmt::format("local,id=share,path={},"
                                               "security_model=none,multidevs=remap",
                                               kShareAt),
                                   "-device",
                                   fmt::format("{},fsdev=share,mount_tag={}",
                                               on_bus(machine, "virtio-9p"), kShareTag)});
        return;
    }
    words.insert(
        words.end(),
        {"-object", fmt::format("memory-backend-memfd,id=memory,size={},share=on", machine.memory),
         "-chardev", fmt::format("socket,id=files,path={}", kFileServerSocket), "-device",
         fmt::format("{},chardev=files,tag={}", on_bus(machine, "vhost-user-fs"), kShareTag)});
}

void add_network(const Machine& machine, std::vector<std::string>& words) {
    if (!machine.has_network) return;
    std::string network = "user,id=network";
    for (const std::string& port : machine.ports) {
        const std::size_t colon = port.find(':');
        network += fmt::format(",hostfwd={}::{}-:{}", port.substr(0, colon), port.substr(colon + 1),
                               port.substr(colon + 1));
    }
    const std::string rom = is_microvm(machine) ? "" : ",romfile=";
    words.insert(words.end(), {"-netdev", network, "-device",
                               on_bus(machine, "virtio-net") + ",netdev=network" + rom});
}

}  // namespace

std::string words_for_emulation(const std::string& arch) {
    // What takes an emulated processor long: to measure its clock, and to ask ACPI for the
    // interrupt of each card.
    return arch == "arm64" ? "" : " tsc=reliable lpj=1000000 nokaslr no_timer_check pci=noacpi";
}

std::vector<std::string> qemu_command(const Machine& machine, const std::string& accelerator) {
    std::vector<std::string> words = {machine.program, "-nodefaults", "-no-user-config",
                                      "-display",      "none",        "-no-reboot"};
    const auto add = [&](std::initializer_list<std::string> more) {
        words.insert(words.end(), more);
    };
    // The hypervisor has what it needs when the guest begins: it starts no program, changes no
    // user.
    add({"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"});
    add({"-M", board_words(machine), "-accel",
         accelerator == "tcg" ? "tcg,thread=multi" : accelerator, "-cpu",
         cpu_words(machine, accelerator)});
    add({"-m", fmt::format("{}K", machine.memory >> 10), "-smp", std::to_string(machine.cpus)});
    add({"-kernel", kKernelAt, "-initrd", kInitramfsAt, "-append",
         kernel_words(machine, accelerator)});
    if (is_microvm(machine)) add({"-global", "virtio-mmio.force-legacy=false"});
    add({"-serial", "stdio"});
    add({"-device", on_bus(machine, "virtio-serial"), "-chardev",
         fmt::format("socket,id=channel,fd={}", kChannelFd), "-device",
         fmt::format("virtserialport,chardev=channel,name={}", kPortName)});
    add({"-device", on_bus(machine, "virtio-rng")});
    add_share(machine, words);
    add_network(machine, words);
    return words;
}

std::vector<std::string> file_server_command(const Machine& machine) {
    return {machine.file_server, "-f", fmt::format("--socket-path={}", kFileServerSocket), "-o",
            fmt::format("source={}", kShareAt), "-o", "cache=auto", "-o", "sandbox=chroot",
            // A fifo takes no capability, and a device is none of the command's.
            "-o", "modcaps=-mknod"};
}

}  // namespace mincs::vm
