// Writes the inputs that are made rather than kept, for libFuzzer to begin with.
// usage: fuzz_seeds TARGET DIRECTORY
#include <cstring>

#include "libcore/base/files.hh"
#include "tests/fuzz/targets.hh"

int main(int count, char** arguments) {
    if (count != 3) return 2;
    for (const mincs::fuzz::Target& target : mincs::fuzz::kTargets) {
        if (std::strcmp(target.name, arguments[1]) != 0) continue;
        if (!target.seeds) return 0;
        for (const mincs::fuzz::Seed& seed : target.seeds())
            mincs::write_file_atomic(std::filesystem::path(arguments[2]) / seed.name, seed.bytes);
        return 0;
    }
    return 2;
}
