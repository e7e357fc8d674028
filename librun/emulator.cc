// See emulator.hh.
#include "librun/emulator.hh"

#include <elf.h>
#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "db/layout.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"

namespace mincs::run {
namespace {

constexpr const char* kUnprivilegedPorts = "net.ipv4.ip_unprivileged_port_start";

/// Without a program header that names a dynamic linker, which would be looked for in the
/// container's root (elf(5)).
bool is_static(const std::string& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    Elf64_Ehdr header;
    if (!file || pread(file.get(), &header, sizeof header, 0) != sizeof header) return false;
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_phentsize != sizeof(Elf64_Phdr))
        return false;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr part;
        const auto at = static_cast<off_t>(header.e_phoff + i * sizeof part);
        if (pread(file.get(), &part, sizeof part, at) != sizeof part) return false;
        if (part.p_type == PT_INTERP) return false;
    }
    return true;
}

container::Emulator get_emulator(const container::Architecture& architecture) {
    const auto interpreter = find_interpreter(architecture);
    if (!interpreter)
        throw Error("running programs for {}: there is no qemu-{}-static", architecture.name,
                    architecture.qemu)
            .with_hint("install qemu-user-static");
    return {std::string(architecture.name), *interpreter};
}

bool may(const container::ContainerSpec& spec, int capability) {
    const std::vector<int>& kept = spec.process.capabilities;
    return std::find(kept.begin(), kept.end(), capability) != kept.end();
}

/// Who was root from the beginning is in a user namespace that is not this container's alone.
bool needs_user_namespace() {
    return std::getenv(db::kStoreOfUser) == nullptr;
}

}  // namespace

std::optional<std::string> find_interpreter(const container::Architecture& architecture) {
    const std::string name = fmt::format("qemu-{}", architecture.qemu);
    if (auto program = find_program(name + "-static")) return program;
    auto program = find_program(name);
    return program && is_static(*program) ? program : std::nullopt;
}

std::optional<container::Emulator> choose_emulator(const Request& request, const RootSource& root,
                                                   const container::Architecture* last) {
    if (request.machine) return std::nullopt;  // its own kernel runs the programs
    if (!request.cross.empty()) {
        const container::Architecture& wanted = container::get_architecture(request.cross);
        if (&wanted != &container::own_architecture()) return get_emulator(wanted);
        debug("--cross {}: that is this machine's", request.cross);
        return std::nullopt;
    }
    if (!request.emulates) return std::nullopt;
    if (root.config.architecture.empty()) {
        if (!last || container::runs_by_itself(*last)) return std::nullopt;
        return get_emulator(*last);
    }
    const auto* wanted = container::find_architecture(root.config.architecture);
    if (!wanted || container::runs_by_itself(*wanted)) return std::nullopt;
    const auto interpreter = find_interpreter(*wanted);
    debug("the image is for {}; {}", wanted->name,
          interpreter ? "as '--cross' would have it" : "there is no qemu-user for that");
    if (!interpreter) return std::nullopt;
    return container::Emulator{std::string(wanted->name), *interpreter};
}

container::Emulator renewed(const container::Emulator& last) {
    return get_emulator(container::get_architecture(last.architecture));
}

void add_emulator(container::ContainerSpec& spec, std::optional<container::Emulator> emulator,
                  bool has_own_network) {
    spec.linux.emulator = std::move(emulator);
    spec.linux.namespaces &= ~std::uint64_t{CLONE_NEWUSER};
    if (!spec.linux.emulator) return;
    // qemu-user as pid 1 would wait for ever for the end that a signal means. Who may look into
    // other processes would get hold of this program's file.
    if (!may(spec, CAP_SYS_PTRACE)) spec.init = true;
    if (!needs_user_namespace()) return;
    spec.linux.namespaces |= CLONE_NEWUSER;
    const bool is_set = std::any_of(spec.linux.sysctl.begin(), spec.linux.sysctl.end(),
                                    [](const auto& it) { return it.name == kUnprivilegedPorts; });
    if (may(spec, CAP_NET_BIND_SERVICE) && !is_set && has_own_network)
        spec.linux.sysctl.push_back({kUnprivilegedPorts, "0"});
}

}  // namespace mincs::run
