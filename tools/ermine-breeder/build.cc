// `ermine-breeder build`: a kernel of our own from Debian's linux-source, with what a container's
// guest needs and nothing else, which is why it starts in a fraction of the time. Made once for
// each version of source and configuration; later only the programs beside it are renewed.
#include <sched.h>

#include <cstdio>

#include "libcore/base/digest.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "tools/ermine-breeder/commands.hh"
#include "tools/ermine-breeder/guest_programs.hh"
#include "tools/ermine-breeder/initramfs.hh"
#include "tools/ermine-breeder/kernel_config.hh"
#include "tools/ermine-breeder/kernel_source.hh"
#include "tools/ermine-breeder/kit_place.hh"
#include "tools/ermine-breeder/programs.hh"
#include "tools/ermine-breeder/recipe.hh"

namespace mincs::breeder {
namespace {

namespace stdfs = std::filesystem;

void need_compilers(const std::string& arch) {
    if (ermine::own_architecture() != "x86_64")
        throw Error("kernels for {} are compiled on x86_64 only", arch);
    std::vector<HostPart> parts = {{"apt-get", "apt"}, {"apt-cache", "apt"}, {"dpkg-deb", "dpkg"},
                                   {"tar", "tar"},     {"xz", "xz-utils"},   {"make", "make"},
                                   {"gcc", "gcc"},     {"ld", "binutils"},   {"flex", "flex"},
                                   {"bison", "bison"}, {"bc", "bc"}};
    // objtool, and the compression of bzImage.
    if (arch == "x86_64") parts.insert(parts.end(), {{"gelf.h", "libelf-dev"}, {"lz4", "lz4"}});
    need(parts);
}

/// The processors that we may use.
int processors() {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

/// Fetches, configures and compiles; the kernel is in the place's files(). Returns its version.
std::string make_kernel(const Options& options, const KitPlace& place, Packages& packages,
                        const Package& source, Progress& progress) {
    packages.fetch(source, place.work() / "source");
    const KernelBuild kernel{
        unpack_source(place.work() / "source", place.work() / "linux", progress), options.arch,
        effective(fragment_for(options.arch)), options.jobs > 0 ? options.jobs : processors(),
        log_of(options.arch, "build")};
    configure(kernel);
    compile(kernel, progress);
    return collect(kernel, place.files());
}

}  // namespace

int build(const Options& options) {
    const std::string fragment = fragment_for(options.arch);
    need_compilers(options.arch);
    const stdfs::path init = init_program(options.arch, options.init);
    KitPlace place(options.arch, "build");
    Progress progress(Progress::style_for_stderr(options.quiet));

    Packages packages(options.arch, place.work() / "apt", progress);
    const Package source = packages.find_behind("linux-source", "linux-source-");
    const Package busybox = packages.find("busybox-static");
    const std::string recipe = build_recipe(options.arch, source, fragment);
    const std::string programs = programs_recipe(init, busybox);
    const auto kit = place.kit_of(recipe);
    if (kit && kit->programs == programs) {
        std::puts(kit->kernel.parent_path().c_str());
        return 0;
    }

    packages.fetch(busybox, place.work() / "busybox");
    if (kit) place.keep_kernel(*kit);
    const std::string version =
        kit ? kit->version : make_kernel(options, place, packages, source, progress);
    write_initramfs(place.files() / ermine::kInitramfsFile,
                    guest_entries(init, place.work() / "busybox/bin/busybox", {}));
    std::puts(place.publish(version, recipe, programs).c_str());
    return 0;
}

int print_config(const Options& options) {
    std::fputs(effective(fragment_for(options.arch)).c_str(), stdout);
    return 0;
}

}  // namespace mincs::breeder
