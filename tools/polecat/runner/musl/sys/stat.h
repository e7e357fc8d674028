// statx(2), which musl 1.2.3 has no wrapper for.
#pragma once

#include_next <sys/stat.h>

#ifdef __cplusplus
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

inline int statx(int dir_fd, const char* path, int flags, unsigned mask, struct statx* info) {
    return static_cast<int>(syscall(SYS_statx, dir_fd, path, flags, mask, info));
}
#endif
