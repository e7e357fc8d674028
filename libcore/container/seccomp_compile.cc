// Build-time tool: compiles the built-in filter and writes it as initialisers for seccomp.cc. Never
// runs on a user's machine.
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/container/seccomp_compiler.hh"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    try {
        const auto program = mincs::container::compile_builtin_seccomp({});
        std::FILE* out = std::fopen(argv[1], "w");
        if (!out) return 1;
        for (const sock_filter& op : program)
            std::fprintf(out, "{%u, %u, %u, %uu},\n", op.code, op.jt, op.jf, op.k);
        return std::fclose(out) == 0 ? 0 : 1;
    } catch (const mincs::Error& error) {
        std::fprintf(stderr, "seccomp_compile: %s\n", error.what());
        return 1;
    }
}
