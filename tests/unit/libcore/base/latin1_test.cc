// Bytes as characters, and back.
#include "libcore/base/latin1.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

using namespace mincs;

TEST(Latin1, EveryByteComesBack) {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string text = bytes_to_latin1_text(all);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(text.size(), 128u + 2 * 128u);
    EXPECT_EQ(latin1_text_to_bytes(text, "it"), all);
    EXPECT_EQ(bytes_to_latin1_text("\xff"), "\u00ff");
}

TEST(Latin1, OtherTextsAreRefused) {
    // Above U+00FF, cut, an overlong form, no UTF-8.
    for (const char* text : {"\u0100", "\u20ac", "\xc3", "\xc1\xbf", "\xc0\x80", "\xff", "\xc3x"})
        EXPECT_THROW(latin1_text_to_bytes(text, "it"), Error) << text;
}
