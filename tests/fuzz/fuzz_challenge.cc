// The value of WWW-Authenticate. Nothing in it is an error: what is not understood is left out.
#include "libregistry/challenge.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {

int fuzz_challenge(const std::uint8_t* data, std::size_t size) {
    std::size_t taken = 0;
    for (const registry::Challenge& challenge : registry::parse_challenges(text_of(data, size))) {
        expect(!challenge.scheme.empty(), "a challenge has a scheme");
        expect(challenge.token68.empty() || challenge.parameters.empty(),
               "a challenge has a token or parameters");
        taken += challenge.scheme.size() + challenge.token68.size();
        for (const auto& [name, value] : challenge.parameters) {
            expect(!name.empty() && challenge.get(name) == value, "a parameter has a name");
            for (const char c : name)
                expect(c > ' ' && (c < 'A' || c > 'Z'), "names of parameters are in lower case");
            taken += name.size() + value.size();
        }
    }
    expect(taken <= size, "nothing is taken twice");
    return 0;
}

}  // namespace mincs::fuzz
