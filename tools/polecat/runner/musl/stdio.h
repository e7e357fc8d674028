// renameat2(2), which musl 1.2.3 has no wrapper for.
#pragma once

#include_next <stdio.h>

#include <sys/syscall.h>
#include <unistd.h>

#ifdef __cplusplus
inline constexpr unsigned RENAME_NOREPLACE = 1;

inline int renameat2(int from_dir, const char* from, int to_dir, const char* to, unsigned flags) {
    return static_cast<int>(syscall(SYS_renameat2, from_dir, from, to_dir, to, flags));
}
#endif
