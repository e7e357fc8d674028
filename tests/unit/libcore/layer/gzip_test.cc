#include "libcore/layer/gzip.hh"

#include <gtest/gtest.h>

#include "libcore/layer/inflate.hh"

namespace mincs::layer {
namespace {

std::string compressed(const std::string& plain, std::size_t piece) {
    std::string packed;
    GzipWriter writer([&](std::string_view bytes) { packed += bytes; });
    for (std::size_t i = 0; i < plain.size(); i += piece)
        writer.write(std::string_view(plain).substr(i, piece));
    writer.finish();
    return packed;
}

std::string inflated(const std::string& packed) {
    std::string plain;
    Inflater inflater([&](std::string_view bytes) { plain += bytes; });
    inflater.write(packed);
    inflater.finish();
    EXPECT_EQ(inflater.compression(), Compression::kGzip);
    return plain;
}

TEST(GzipWriter, WhatGoesInComesOut) {
    std::string noise;
    unsigned state = 1;
    for (int i = 0; i < 3'000'000; ++i) {
        state = state * 1664525 + 1013904223;
        noise += static_cast<char>(state >> 24);
    }
    const std::string blanks(5'000'000, ' ');
    for (const std::string& plain :
         {std::string(), std::string("x"), noise, blanks, noise + blanks})
        for (const std::size_t piece : {std::size_t{4096}, std::size_t{1} << 20, plain.size() + 1})
            EXPECT_TRUE(inflated(compressed(plain, piece)) == plain)
                << plain.size() << " bytes in pieces of " << piece;
    EXPECT_LT(compressed(blanks, 65536).size(), blanks.size() / 50);
}

}  // namespace
}  // namespace mincs::layer
