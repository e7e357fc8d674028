// See own_attributes.hh.
#include "libcore/fs/own_attributes.hh"

#include <sys/stat.h>

namespace mincs::fs {
namespace {

/// PROC_USER_INIT_INO of the kernel (include/linux/proc_ns.h): namespaces are known by the inodes
/// of their files, and the first ones have fixed numbers.
constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;

const char* choose(const char* trusted, const char* user) {
    return in_first_user_namespace() ? trusted : user;
}

}  // namespace

bool in_first_user_namespace() {
    static const bool is_first = [] {
        struct stat info;
        // Without /proc nothing is known, and nothing less is tried.
        return stat("/proc/self/ns/user", &info) == -1 || info.st_ino == kFirstUserNamespace;
    }();
    return is_first;
}

const char* opaque_attribute() {
    return choose("trusted.overlay.opaque", "user.overlay.opaque");
}

const char* origin_attribute() {
    return choose("trusted.overlay.origin", "user.overlay.origin");
}

const char* mount_point_mark() {
    return choose("trusted.mincs.mount_point", "user.mincs.mount_point");
}

const char* implied_mark() {
    return choose("trusted.mincs.implied", "user.mincs.implied");
}

}  // namespace mincs::fs
