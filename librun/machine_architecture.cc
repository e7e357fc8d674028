// See machine_architecture.hh.
#include "librun/machine_architecture.hh"

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "librun/plan.hh"
#include "librun/root_source.hh"
#include "libvm/frame.hh"
#include "libvm/machine.hh"

namespace mincs::run {
namespace {

using container::Architecture;

/// As the request and the root have it.
const Architecture& wanted_architecture(const Request& request, const RootSource& root,
                                        const Architecture* last) {
    if (!request.cross.empty()) return container::get_architecture(request.cross);
    const Architecture* of_image = container::find_architecture(root.config.architecture);
    const Architecture* wanted = of_image ? of_image : last;
    // i386's programs run on a machine of x86-64.
    if (!wanted || container::runs_by_itself(*wanted)) return container::own_architecture();
    return *wanted;
}

bool has_machine(const Architecture& architecture) {
    return architecture.name == "arm64" || &architecture == &container::own_architecture();
}

}  // namespace

const Architecture* architecture_of_last_run(const container::ContainerSpec& last,
                                             const db::ContainerDirectory& directory) {
    if (last.linux.emulator) return &container::get_architecture(last.linux.emulator->architecture);
    const auto text = last.machine_room
                          ? read_file_if_exists(directory.machine(), 2 * vm::kLongestPlan)
                          : std::nullopt;
    if (!text) return nullptr;
    return container::find_architecture(vm::parse_machine(*text, "the last run's machine").arch);
}

const Architecture& machine_architecture(const Request& request, const RootSource& root,
                                         const Architecture* last) {
    const Architecture& own = container::own_architecture();
    if (request.machine.kind != MachineRequest::Kind::kQemu) return own;
    const Architecture& wanted = wanted_architecture(request, root, last);
    if (!has_machine(wanted))
        throw UsageError("--qemu has no machine for programs of {}", wanted.name)
            .with_hint(fmt::format("there are {} and arm64; without --qemu, qemu-user runs such "
                                   "programs",
                                   own.name));
    if (&wanted == &own) return own;
    debug("the machine is one of {}, and not of {}", wanted.name, own.name);
    if (request.machine.accelerator == "kvm")
        throw UsageError("--accel kvm is for programs of {}, and these are of {}", own.name,
                         wanted.name);
    return wanted;
}

std::string machine_name(const Architecture& architecture) {
    return architecture.name == "amd64" ? "x86_64" : std::string(architecture.name);
}

Hypervisor hypervisor_for(std::string_view machine_name) {
    if (machine_name == "arm64") return {"qemu-system-aarch64", "qemu-system-arm"};
    return {"qemu-system-x86_64", "qemu-system-x86"};
}

}  // namespace mincs::run
