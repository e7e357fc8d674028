// See shared_library.hh.
#include "libcore/base/shared_library.hh"

#include <dlfcn.h>

#include "libcore/base/error.hh"

namespace mincs {

SharedLibrary::SharedLibrary(const char* file, const char* package)
    : file_(file), handle_(dlopen(file, RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_)
        throw Error("loading {}", dlerror())
            .with_hint(fmt::format("it comes with the system's package {}", package));
}

void* SharedLibrary::find(const char* name) const {
    void* symbol = dlsym(handle_, name);
    if (!symbol) throw Error("{} has no {}", file_, name);
    return symbol;
}

}  // namespace mincs
