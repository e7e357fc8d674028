// See machine.hh.
#include "tools/ermine-breeder/machine.hh"

#include <fmt/format.h>

#include "libvm/qemu.hh"

namespace mincs::breeder {
namespace {

/// After a panic it ends instead of waiting for somebody; qemu takes the restart as its end.
constexpr const char* kKernelWords = "quiet panic=-1";

std::vector<std::string> user_mode_command(const ermine::Kit& kit,
                                           const std::filesystem::path& run_directory) {
    return {kit.kernel,       "mem=128M", "initrd=" + kit.initramfs.string(),  "con=null",
            "con0=fd:0,fd:1", "ssl=null", "uml_dir=" + run_directory.string(), "quiet",
            "panic=-1",       kShellWord};
}

std::vector<std::string> qemu_command(const ermine::Kit& kit) {
    const bool arm = kit.arch == "arm64";
    const std::string console = arm ? "ttyAMA0" : "ttyS0";
    return {arm ? "qemu-system-aarch64" : "qemu-system-x86_64",
            "-machine",
            arm ? "virt" : "pc",
            "-accel",
            "tcg",
            "-cpu",
            arm ? "cortex-a57" : "max",
            "-m",
            "256",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
            "-no-reboot",
            "-chardev",
            "stdio,id=console,signal=off",
            "-serial",
            "chardev:console",
            "-kernel",
            kit.kernel,
            "-initrd",
            kit.initramfs,
            "-append",
            fmt::format("console={} {}{} {}", console, kKernelWords,
                        vm::words_for_emulation(kit.arch), kShellWord)};
}

}  // namespace

std::vector<std::string> machine_command(const ermine::Kit& kit,
                                         const std::filesystem::path& run_directory) {
    return kit.arch == "um" ? user_mode_command(kit, run_directory) : qemu_command(kit);
}

std::string machine_package(const std::string& arch) {
    if (arch == "um") return "";
    return arch == "arm64" ? "qemu-system-arm" : "qemu-system-x86";
}

}  // namespace mincs::breeder
