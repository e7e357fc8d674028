// A tar entry that libarchive is given before an archive's own: a symbolic link "." -> ".", read
// and thrown away. libarchive 3.6 loses the first PAX link target of an archive whose plain header
// has none, unless it met a link before.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <string_view>

namespace mincs::layer {

inline constexpr std::size_t kTarBlock = 512;

inline std::array<char, kTarBlock> make_tar_primer() {
    std::array<char, kTarBlock> block = {};
    const auto put = [&](std::size_t at, std::string_view text) {
        std::memcpy(block.data() + at, text.data(), text.size());
    };
    put(0, ".");
    for (const std::size_t number : {100u, 108u, 116u}) put(number, "0000000");
    put(124, "00000000000");
    put(136, "00000000000");
    put(148, "        ");
    put(156, "2.");
    put(257, "ustar");
    put(263, "00");
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum));
    block[154] = '\0';
    return block;
}

}  // namespace mincs::layer
