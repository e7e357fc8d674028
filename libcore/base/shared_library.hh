// A shared library that is loaded when it is needed first, as not every command needs it.
#pragma once

#include <string>

namespace mincs {

/// Stays loaded until the process ends, whatever becomes of this object: its functions are kept.
class SharedLibrary {
 public:
    /// `file` as dlopen(3) looks for it, with the number of its binary interface; `package` for the
    /// hint. Throws Error where it cannot be loaded.
    SharedLibrary(const char* file, const char* package);

    /// Sets `function` to the library's function of that name. Throws Error where it has none.
    template <typename Function>
    void load(const char* name, Function& function) const {
        function = reinterpret_cast<Function>(find(name));
    }

 private:
    void* find(const char* name) const;

    std::string file_;
    void* handle_;
};

}  // namespace mincs
