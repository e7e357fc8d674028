// See targets.hh.
#include <cstdio>
#include <cstdlib>

#include "libcore/base/error.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {

void expect(bool holds, std::string_view promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()),
                 promise.data());
    std::abort();
}

bool accepts(const std::function<void()>& reader) {
    try {
        reader();
        return true;
    } catch (const Error& error) {
        for (const char c : std::string_view(error.what()))
            expect(static_cast<unsigned char>(c) >= ' ' && c != '\x7f', "an error is one line");
        return false;
    }
}

}  // namespace mincs::fuzz
