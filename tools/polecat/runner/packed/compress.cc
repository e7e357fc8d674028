// Runs when the project is built: compresses a runner for the program that unfolds it (packed.cc).
// usage: compress-runner zstd|xz RUNNER PAYLOAD
#include <lzma.h>
#include <zstd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "tools/polecat/runner/packed/lzma_chain.hh"
#include "tools/polecat/runner/packed/payload.hh"

namespace {

using mincs::polecat::kLzmaDictionary;
using mincs::polecat::LzmaChain;
using mincs::polecat::PayloadHeader;

/// Empty: it failed.
std::string by_zstd(const std::string& bytes) {
    std::string out(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), ZSTD_maxCLevel());
    out.resize(ZSTD_isError(size) ? 0 : size);
    return out;
}

std::string by_lzma(const std::string& bytes) {
    lzma_options_lzma options;
    if (lzma_lzma_preset(&options, 9 | LZMA_PRESET_EXTREME)) return {};
    options.dict_size = kLzmaDictionary;
    const LzmaChain chain(options);
    std::string out(bytes.size() + 65536, '\0');
    std::size_t size = 0;
    if (lzma_raw_buffer_encode(chain.filters, nullptr,
                               reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                               reinterpret_cast<std::uint8_t*>(out.data()), &size,
                               out.size()) != LZMA_OK)
        return {};
    out.resize(size);
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    std::ifstream in(argv[2], std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const std::string packed = std::strcmp(argv[1], "xz") == 0 ? by_lzma(bytes) : by_zstd(bytes);
    const PayloadHeader header = {bytes.size(), packed.size()};
    std::ofstream out(argv[3], std::ios::binary);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(packed.data(), static_cast<std::streamsize>(packed.size()));
    out.close();
    if (bytes.empty() || packed.empty() || !out) {
        std::fprintf(stderr, "compress-runner: error: compressing '%s'\n", argv[2]);
        return 1;
    }
    return 0;
}
