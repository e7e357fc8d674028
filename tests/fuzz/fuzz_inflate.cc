// Compressed streams. However a stream is cut into pieces on its way, the same must come out, and
// with the same verdict. What it inflates to is bounded here by its reader, as it is everywhere.
#include <optional>

#include "libcore/base/error.hh"
#include "libcore/layer/inflate.hh"
#include "tests/fuzz/targets.hh"
#include "tests/support/tar_builder.hh"

namespace mincs::fuzz {
namespace {

constexpr std::size_t kMostOutput = 4u << 20;

struct Outcome {
    std::string output;
    bool accepted = false;
    bool too_much = false;
};

Outcome inflate(std::string_view input, std::size_t piece) {
    struct Enough {};
    Outcome outcome;
    try {
        layer::Inflater inflater([&](std::string_view bytes) {
            expect(!bytes.empty(), "the sink gets bytes");
            outcome.output += bytes;
            if (outcome.output.size() > kMostOutput) throw Enough();
        });
        for (std::string_view rest = input; !rest.empty();
             rest.remove_prefix(std::min(piece, rest.size())))
            inflater.write(rest.substr(0, piece));
        inflater.finish();
        outcome.accepted = true;
    } catch (const Enough&) {
        outcome.too_much = true;
    } catch (const Error&) {
    }
    return outcome;
}

}  // namespace

int fuzz_inflate(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = text_of(data, size);
    const Outcome whole = inflate(input, std::max<std::size_t>(size, 1));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{512}}) {
        if (size / piece > 20'000) continue;
        const Outcome cut = inflate(input, piece);
        if (whole.too_much && cut.too_much) continue;
        expect(whole.accepted == cut.accepted, "pieces do not change the verdict");
        // Of a refused stream, how much comes out before the refusal may differ.
        expect(!whole.accepted || whole.output == cut.output, "pieces do not change the bytes");
    }
    return 0;
}

std::vector<Seed> inflate_seeds() {
    const std::string text = "a text, a text, and once more a text\n";
    const std::string zeros(100'000, '\0');
    std::vector<Seed> seeds = {{"plain", text}};
    const auto add = [&](const char* name, std::string (*compress)(std::string_view)) {
        const std::string one = compress(text);
        seeds.push_back({name, one});
        seeds.push_back({std::string(name) + "-empty", compress("")});
        seeds.push_back({std::string(name) + "-two", one + compress("more")});
        seeds.push_back({std::string(name) + "-zeros", compress(zeros)});
        seeds.push_back({std::string(name) + "-cut", one.substr(0, one.size() - 5)});
        seeds.push_back({std::string(name) + "-padded", one + std::string(20, '\0')});
        seeds.push_back({std::string(name) + "-garbage", one + "garbage"});
    };
    add("gzip", &test::gzip);
    add("zstd", &test::zstd);
    add("bzip2", &test::bzip2);
    add("xz", &test::xz);
    return seeds;
}

}  // namespace mincs::fuzz
