// docker's config.json and auth.json. Helper programs may be named in them; here none is ever
// found, as PATH leads nowhere.
#include <sys/mman.h>

#include <cstdlib>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libregistry/credentials.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {

int fuzz_credentials(const std::uint8_t* data, std::size_t size) {
    setenv("PATH", "/nonexistent", 1);
    const Fd file(check(memfd_create("auth.json", MFD_CLOEXEC), "making a file"));
    write_all(file.get(), text_of(data, size), "the input");
    const auto path = fmt::format("/proc/self/fd/{}", file.get());
    for (const char* image : {"debian", "quay.io/org/app", "127.0.0.1:5000/a"}) {
        accepts([&] {
            const auto found =
                registry::find_credentials({path}, registry::Reference::parse(image));
            expect(!found.credentials || !found.credentials->user.empty() ||
                       !found.credentials->identity_token.empty(),
                   "credentials name somebody");
            expect(!found.credentials || found.credentials->origin == "'" + path + "'",
                   "credentials come from the file");
        });
    }
    return 0;
}

}  // namespace mincs::fuzz
