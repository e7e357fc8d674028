// See share.hh.
#include "tools/minc-guest/share.hh"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcore/base/error.hh"
#include "libvm/machine.hh"

namespace mincs::guest {

void mount_share(const std::string& kind) {
    check(mkdir(vm::kGuestShareAt, 0755), "making '{}'", vm::kGuestShareAt);
    std::string source = vm::kShareTag, options;
    // Others on the host may change a file: only what is mapped into memory is cached.
    if (kind == "9p") options = "trans=virtio,version=9p2000.L,msize=512000,cache=mmap,access=any";
    if (kind == "hostfs") options = vm::kShareAt;
    check(mount(source.c_str(), vm::kGuestShareAt, kind.c_str(), 0, options.c_str()),
          "mounting what the host shares by {}", kind);
}

void unmount_share() {
    sync();
    // Somebody who joined may still be there; he has been synced.
    if (umount2(vm::kGuestShareAt, 0) == -1) umount2(vm::kGuestShareAt, MNT_DETACH);
}

}  // namespace mincs::guest
