// Build-time tool: compiles the built-in filter for a machine, our own unless it is told another,
// and writes it as initialisers for seccomp.cc. Never runs on a user's machine.
// usage: seccomp_compile FILE [ARCHITECTURE]
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/container/seccomp_compiler.hh"

int main(int argc, char** argv) {
    using namespace mincs;
    if (argc != 2 && argc != 3) return 2;
    try {
        const container::Architecture& machine =
            argc == 3 ? container::get_architecture(argv[2]) : container::own_architecture();
        const auto program = container::compile_builtin_seccomp({}, machine);
        std::FILE* out = std::fopen(argv[1], "w");
        if (!out) return 1;
        for (const sock_filter& op : program)
            std::fprintf(out, "{%u, %u, %u, %uu},\n", op.code, op.jt, op.jf, op.k);
        return std::fclose(out) == 0 ? 0 : 1;
    } catch (const Error& error) {
        std::fprintf(stderr, "seccomp_compile: %s\n", error.what());
        return 1;
    }
}
