// musl 1.2.3 has no wrappers for the kernel's mount API by descriptor, which glibc 2.36 has in this
// header.
#pragma once

#include_next <sys/mount.h>

#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC 02000000
#endif

inline int fsopen(const char* type, unsigned flags) {
    return static_cast<int>(syscall(SYS_fsopen, type, flags));
}
inline int fsconfig(int fd, unsigned command, const char* key, const void* value, int aux) {
    return static_cast<int>(syscall(SYS_fsconfig, fd, command, key, value, aux));
}
inline int fsmount(int fd, unsigned flags, unsigned attributes) {
    return static_cast<int>(syscall(SYS_fsmount, fd, flags, attributes));
}
inline int open_tree(int dir_fd, const char* path, unsigned flags) {
    return static_cast<int>(syscall(SYS_open_tree, dir_fd, path, flags));
}
inline int move_mount(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) {
    return static_cast<int>(syscall(SYS_move_mount, from_fd, from, to_fd, to, flags));
}
inline int mount_setattr(int dir_fd, const char* path, unsigned flags, mount_attr* attributes,
                         size_t size) {
    return static_cast<int>(syscall(SYS_mount_setattr, dir_fd, path, flags, attributes, size));
}
