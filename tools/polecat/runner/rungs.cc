// See rungs.hh.
#include "tools/polecat/runner/rungs.hh"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "libcore/base/log.hh"
#include "libcore/container/user_namespace.hh"
#include "libcore/fs/mount.hh"
#include "tools/polecat/runner/fuse_server.hh"
#include "tools/polecat/runner/image_mount.hh"
#include "tools/polecat/runner/surroundings.hh"
#include "tools/polecat/runner/unpack.hh"
#include "tools/polecat/runner/warm_up.hh"

namespace mincs::polecat {
namespace {

const std::vector<std::string> kMountPoints = {"/mnt",  "/media", "/srv", "/opt",
                                               "/boot", "/home",  "/tmp", "/var"};

constexpr int kFirst = 1, kLast = 3;

/// True: root, without a user namespace.
bool enter_namespaces(const Bundle& bundle) {
    if (geteuid() == 0 && unshare(CLONE_NEWNS) == 0) return true;
    try {
        container::enter_user_namespace(bundle.metadata.uid, bundle.metadata.gid);
    } catch (Error& error) {
        throw Error("running '{}': {}", printable(bundle.metadata.name), error.what())
            .with_hint(
                "POLECAT_RUNG=4 unpacks it once into a cache directory and runs it from "
                "there, without a container");
    }
    return false;
}

void use_kernel(const Bundle& bundle, const std::string& place, bool is_root) {
    if (!is_root) throw Error("only root may mount the image");
    mount_by_kernel(bundle.file.get(), bundle.trailer.image, place);
}

FileServer use_fuse(const Bundle& bundle, const std::string& place, bool is_root) {
    // What changes needs an overlay; a kernel that has none for users says so here.
    if (!is_root)
        Fd(check(fsopen("overlay", FSOPEN_CLOEXEC), "making an overlay in a user namespace"));
    Squashfs image(bundle.file.get(), bundle.trailer.image);
    return mount_by_fuse(bundle.file, image, place,
                         {.single_owner = !is_root,
                          .uid = is_root ? 0 : bundle.metadata.uid,
                          .gid = is_root ? 0 : bundle.metadata.gid},
                         bundle.metadata.first);
}

void use_memory(const Bundle& bundle, const std::string& place, bool is_root) {
    Squashfs image(bundle.file.get(), bundle.trailer.image);
    const Fd memory =
        fs::new_filesystem("tmpfs", {"mode=0755"}, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
    const Fd target(
        check(open(place.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", place));
    fs::attach_mount(memory.get(), target.get(), place);
    const Fd top(
        check(open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'", place));
    image.start_helper();
    const Unpacked unpacked = unpack(image, top.get(), is_root);
    debug("unpacked {} files, {} bytes", unpacked.entries, unpacked.bytes);
}

Footing climb(int rung, const Bundle& bundle, const std::string& place, bool is_root) {
    Footing footing;
    footing.ground = {place, rung == 3, !is_root};
    if (rung == 1) use_kernel(bundle, place, is_root);
    if (rung == 2) footing.server = use_fuse(bundle, place, is_root);
    if (rung == 3)
        use_memory(bundle, place, is_root);
    else
        footing.warm_up = warm_up(place, bundle.metadata.first);
    debug("rung {}, {}, on {}", rung, is_root ? "as root" : "in a user namespace", place);
    return footing;
}

}  // namespace

Footing find_footing(const Bundle& bundle, const Wishes& wishes,
                     const std::vector<std::string>& needed) {
    const bool is_root = enter_namespaces(bundle);
    provide_surroundings(is_root);
    const std::string place = choose_mount_point(kMountPoints, needed);
    std::string reasons;
    for (int rung = wishes.rung.value_or(kFirst); rung <= wishes.rung.value_or(kLast); ++rung) {
        try {
            return climb(rung, bundle, place, is_root);
        } catch (const Error& error) {
            debug("not by rung {}: {}", rung, error.what());
            reasons +=
                fmt::format("{}rung {}: {}", reasons.empty() ? "" : "; ", rung, error.what());
        }
    }
    throw Error("running '{}': {}", printable(bundle.metadata.name), reasons);
}

}  // namespace mincs::polecat
