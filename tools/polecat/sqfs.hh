// What libsquashfs (squashfs-tools-ng) makes, as values that own it, and its errors as ours.
#pragma once

#include <sqfs/error.h>
#include <sqfs/predef.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "libcore/base/error.hh"

namespace mincs::polecat {

struct DestroySqfs {
    void operator()(void* object) const { sqfs_destroy(object); }
};
template <typename T>
using Sqfs = std::unique_ptr<T, DestroySqfs>;

inline void check_sqfs(int result, std::string_view what) {
    if (result == 0) return;
    if (result == SQFS_ERROR_IO) throw SysError(errno, "writing the squashfs image: {}", what);
    throw Error("writing the squashfs image: {}: libsquashfs error {}", what, result);
}

template <typename T>
Sqfs<T> made(T* object, std::string_view what) {
    if (!object) throw Error("writing the squashfs image: {}: out of memory", what);
    return Sqfs<T>(object);
}

}  // namespace mincs::polecat
