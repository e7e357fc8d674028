// glibc's thread-safe strerror(3); musl's own is that already.
#pragma once

#include_next <string.h>

#ifdef __cplusplus
inline const char* strerrordesc_np(int code) {
    return strerror(code);
}
#endif
