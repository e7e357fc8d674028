// Fuzz targets: what reads strangers' bytes, behind one plain function each. libFuzzer calls them
// with inputs of its own making (scripts/test-fuzz), ctest with the kept ones (corpus_test.cc).
//
// A target returns when the input was taken or was refused by mincs::Error. Anything else is a
// find: another exception (it leaves the function), a broken promise (expect() aborts), what the
// sanitizers see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::fuzz {

int fuzz_reference(const std::uint8_t* data, std::size_t size);
int fuzz_challenge(const std::uint8_t* data, std::size_t size);
int fuzz_url(const std::uint8_t* data, std::size_t size);
int fuzz_document(const std::uint8_t* data, std::size_t size);
int fuzz_credentials(const std::uint8_t* data, std::size_t size);
int fuzz_registries_conf(const std::uint8_t* data, std::size_t size);
int fuzz_change(const std::uint8_t* data, std::size_t size);
int fuzz_trace(const std::uint8_t* data, std::size_t size);
int fuzz_frame(const std::uint8_t* data, std::size_t size);
int fuzz_inflate(const std::uint8_t* data, std::size_t size);
int fuzz_layer(const std::uint8_t* data, std::size_t size);  ///< needs root
int fuzz_archive(const std::uint8_t* data, std::size_t size);

/// An input to begin with that is better made than kept: tars and compressed streams.
struct Seed {
    std::string name;
    std::string bytes;
};

struct Target {
    const char* name;
    int (*run)(const std::uint8_t* data, std::size_t size);
    std::vector<Seed> (*seeds)() = nullptr;
    bool needs_root = false;
};

std::vector<Seed> layer_seeds();
std::vector<Seed> archive_seeds();
std::vector<Seed> inflate_seeds();

/// All of them. The texts and what was found once are in tests/data/fuzz/NAME.
inline constexpr Target kTargets[] = {
    {"reference", &fuzz_reference},
    {"challenge", &fuzz_challenge},
    {"url", &fuzz_url},
    {"document", &fuzz_document},
    {"credentials", &fuzz_credentials},
    {"registries_conf", &fuzz_registries_conf},
    {"change", &fuzz_change},
    {"trace", &fuzz_trace},
    {"frame", &fuzz_frame},
    {"inflate", &fuzz_inflate, &inflate_seeds},
    {"layer", &fuzz_layer, &layer_seeds, true},
    {"archive", &fuzz_archive, &archive_seeds},
};

/// What the code promises whatever the input: where it does not hold, the process ends, and
/// libFuzzer keeps the input.
void expect(bool holds, std::string_view promise);

/// Whether the reader takes its input. Where it refuses by Error, that must be one line for a
/// person, whatever the input.
bool accepts(const std::function<void()>& reader);

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

}  // namespace mincs::fuzz
