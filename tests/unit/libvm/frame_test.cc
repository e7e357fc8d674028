// The frames of a machine's line: put together from any pieces, and nothing a guest says is
// trusted.
#include "libvm/frame.hh"

#include <gmock/gmock.h>

#include "tests/support/error_of.hh"

namespace mincs::vm {
namespace {

using test::error_of;
using testing::HasSubstr;
using Side = FrameReader::Side;

std::string hello() {
    return std::string(kHello);
}

TEST(Frame, NumbersAreLittleEndian) {
    EXPECT_EQ(number_bytes(0x01020304), std::string("\x04\x03\x02\x01"));
    EXPECT_EQ(number_at("x\x04\x03\x02\x01", 1), 0x01020304u);
    EXPECT_THAT(error_of([] { number_at("xxx", 0); }), HasSubstr("too short"));
}

TEST(Frame, IsPutTogetherByteByByte) {
    const std::string bytes = to_bytes({Kind::kInput, "abc"}) + to_bytes({Kind::kEnd, "I"});
    FrameReader reader(Side::kGuest);
    std::vector<Frame> frames;
    for (const char byte : bytes) {
        reader.feed({&byte, 1});
        while (auto frame = reader.next()) frames.push_back(std::move(*frame));
    }
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].payload, "abc");
    EXPECT_EQ(frames[1].kind, Kind::kEnd);
}

TEST(Frame, TheHostPassesOverWhatComesBeforeTheHello) {
    FrameReader reader(Side::kHost);
    reader.feed("SeaBIOS\r\nOOOOOOOOOOOOOO" + hello().substr(0, 5));
    EXPECT_EQ(reader.next(), std::nullopt);
    EXPECT_FALSE(reader.is_open());
    reader.feed(hello().substr(5) + to_bytes({Kind::kStatus, "\x07"}));
    EXPECT_TRUE(reader.is_open());
    const auto frame = reader.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->payload, "\x07");
}

TEST(Frame, NoSideTakesWhatIsTheOthers) {
    FrameReader host(Side::kHost), guest(Side::kGuest);
    host.feed(hello() + to_bytes({Kind::kPlan, "{}"}));
    EXPECT_THAT(error_of([&] { host.next(); }), HasSubstr("no frame"));
    guest.feed(to_bytes({Kind::kOutput, "x"}));
    EXPECT_THAT(error_of([&] { guest.next(); }), HasSubstr("no frame"));
}

TEST(Frame, IsOfASession) {
    FrameReader reader(Side::kHost);
    reader.feed(hello() + to_bytes({Kind::kOutput, "x", kMostSessions}));
    EXPECT_EQ(reader.next()->session, kMostSessions);
    reader.feed(to_bytes({Kind::kOutput, "x", kMostSessions + 1}));
    EXPECT_THAT(error_of([&] { reader.next(); }), HasSubstr("no session"));
}

TEST(Frame, IsBounded) {
    FrameReader reader(Side::kHost);
    reader.feed(hello() + std::string("O\0", 2) + number_bytes(kLongestPayload + 1));
    EXPECT_THAT(error_of([&] { reader.next(); }), HasSubstr("too long"));
    FrameReader longest(Side::kHost);
    longest.feed(hello() + to_bytes({Kind::kOutput, std::string(kLongestPayload, 'x')}));
    EXPECT_TRUE(longest.next());
}

}  // namespace
}  // namespace mincs::vm
