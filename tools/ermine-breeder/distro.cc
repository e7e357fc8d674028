// `ermine-breeder distro`: the distribution's own kernel, out of its package, with the few modules
// that a guest needs. For user-mode Linux it is a program that needs none.
#include <cstdio>

#include "libcore/base/files.hh"
#include "libermine/kit.hh"
#include "tools/ermine-breeder/commands.hh"
#include "tools/ermine-breeder/guest_programs.hh"
#include "tools/ermine-breeder/initramfs.hh"
#include "tools/ermine-breeder/kernel_payload.hh"
#include "tools/ermine-breeder/kit_place.hh"
#include "tools/ermine-breeder/modules.hh"
#include "tools/ermine-breeder/programs.hh"
#include "tools/ermine-breeder/recipe.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

constexpr std::size_t kLargestKernel = 256u << 20;

/// The package that has the kernel: the one that the distribution's name for "the newest" is a
/// pointer to.
Package kernel_package(Packages& packages, const std::string& arch) {
    if (arch == "um") return packages.find("user-mode-linux");
    return packages.find_behind("linux-image-" + debian_architecture(arch), "linux-image-");
}

/// The only name in a directory that is named for a kernel's version.
stdfs::path versioned_directory(const stdfs::path& parent) {
    stdfs::path found;
    if (stdfs::is_directory(parent))
        for (const auto& entry : stdfs::directory_iterator(parent)) found = entry.path();
    if (found.empty()) throw Error("the kernel's package has no '{}'", parent.filename().string());
    return found;
}

struct KernelParts {
    std::string version;
    std::vector<InitramfsEntry> modules;
};

/// The kernel goes into the place's files().
KernelParts take_kernel(const stdfs::path& package, const std::string& arch,
                        const KitPlace& place) {
    const stdfs::path target = place.files() / ermine::kKernelFile;
    if (arch == "um") {
        stdfs::copy_file(package / "usr/bin/linux.uml", target);
        return {versioned_directory(package / "usr/lib/uml/modules").filename(), {}};
    }
    // A merged /usr has the modules elsewhere one day.
    const bool merged = stdfs::exists(package / "usr/lib/modules");
    const stdfs::path modules =
        versioned_directory(package / (merged ? "usr/lib/modules" : "lib/modules"));
    const std::string version = modules.filename();
    const stdfs::path file = package / "boot" / ("vmlinuz-" + version);
    replace_file(target, kernel_in(read_file(file, kLargestKernel), arch, file.filename()));
    return {version, module_entries(guest_modules(modules))};
}

}  // namespace

int distro(const Options& options) {
    need({{"apt-get", "apt"}, {"apt-cache", "apt"}, {"dpkg-deb", "dpkg"}});
    const stdfs::path init = init_program(options.arch, options.init);
    KitPlace place(options.arch, "distro");
    Progress progress(Progress::style_for_stderr(options.quiet));

    // The archive's lists say what there is; where a kit was made from just that, we are done.
    Packages packages(options.arch, place.work() / "apt", progress);
    const Package kernel = kernel_package(packages, options.arch);
    const Package busybox = packages.find("busybox-static");
    const std::string recipe = distro_recipe(options.arch, kernel, kGuestModules),
                      programs = programs_recipe(init, busybox);
    const auto kit = place.kit_of(recipe);
    if (kit && kit->programs == programs) {
        std::puts(kit->kernel.parent_path().c_str());
        return 0;
    }

    packages.fetch(busybox, place.work() / "busybox");
    KernelParts parts;
    if (kit) {
        parts = {kit->version, modules_in(kit->initramfs)};
        place.keep_kernel(*kit);
    } else {
        packages.fetch(kernel, place.work() / "kernel");
        parts = take_kernel(place.work() / "kernel", options.arch, place);
    }
    write_initramfs(place.files() / ermine::kInitramfsFile,
                    guest_entries(init, place.work() / "busybox/bin/busybox", parts.modules));
    std::puts(place.publish(parts.version, recipe, programs).c_str());
    return 0;
}

}  // namespace mincs::breeder
