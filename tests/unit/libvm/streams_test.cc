// Streams over a line: nothing is lost, no more is under way than is allowed, and an end or a
// closed reader is told.
#include "libvm/streams.hh"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <csignal>

#include "libcore/base/files.hh"
#include "tests/support/error_of.hh"

namespace mincs::vm {
namespace {

using test::error_of;
using testing::HasSubstr;

/// Both ends of a line, the host's opened.
struct Line {
    Channel host, guest;

    static Line make() {
        int sockets[2];
        check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
        Line line{Channel(Fd(sockets[0]), FrameReader::Side::kHost),
                  Channel(Fd(sockets[1]), FrameReader::Side::kGuest)};
        line.guest.send_raw(kHello);
        line.host.pump_in();
        return line;
    }
    /// The next frame that the guest has sent.
    Frame at_host() {
        while (true) {
            if (auto frame = host.next()) return *frame;
            host.pump_in();
        }
    }
};

TEST(Streams, WhatIsReadGoesOutAndItsEndIsTold) {
    Line line = Line::make();
    Pipe pipe = Pipe::make();
    write_all(pipe.write_end.get(), "hello", "a pipe");
    pipe.write_end.reset();
    StreamSource source(std::move(pipe.read_end), Kind::kOutput);
    source.pump(Sender(line.guest));
    EXPECT_EQ(line.at_host().payload, "hello");
    source.pump(Sender(line.guest));
    const Frame end = line.at_host();
    EXPECT_EQ(end.kind, Kind::kEnd);
    EXPECT_EQ(end.payload, "O");
    EXPECT_FALSE(source.is_open());
}

TEST(Streams, ASourceStopsAtTheWindowUntilItIsTaken) {
    Line line = Line::make();
    const Fd zero(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    StreamSource source(zero.duplicate(), Kind::kOutput);
    std::size_t sent = 0;
    for (int i = 0; i < 1000 && source.readable_fd() != -1; ++i) {
        source.pump(Sender(line.guest));
        sent += line.at_host().payload.size();
    }
    EXPECT_EQ(sent, kStreamWindow);
    source.taken(1);
    EXPECT_NE(source.readable_fd(), -1);
    EXPECT_THAT(error_of([&] { source.taken(kStreamWindow); }), HasSubstr("never sent"));
}

TEST(Streams, ASinkTellsWhatItHasPassedOn) {
    Line line = Line::make();
    Pipe pipe = Pipe::make();
    StreamSink sink(std::move(pipe.write_end), Kind::kInput);
    sink.take("abc");
    sink.end();
    sink.pump(Sender(line.guest));
    const Frame taken = line.at_host();
    EXPECT_EQ(taken.payload, "I" + number_bytes(3));
    EXPECT_EQ(read_all(pipe.read_end.get(), 100, "a pipe"), "abc");  // and its end
}

TEST(Streams, ASinkThatNobodyReadsIsToldOf) {
    signal(SIGPIPE, SIG_IGN);
    Line line = Line::make();
    Pipe pipe = Pipe::make();
    StreamSink sink(std::move(pipe.write_end), Kind::kInput);
    pipe.read_end.reset();
    sink.take("abc");
    sink.pump(Sender(line.guest));
    EXPECT_EQ(line.at_host().kind, Kind::kClosed);
    EXPECT_TRUE(sink.is_empty());
    sink.take("more");  // was under way
    EXPECT_EQ(sink.writable_fd(), -1);
}

TEST(Streams, ASourceTellsWhetherThereIsMore) {
    Line line = Line::make();
    Pipe pipe = Pipe::make();
    StreamSource source(std::move(pipe.read_end), Kind::kOutput);
    EXPECT_FALSE(source.has_more());
    write_all(pipe.write_end.get(), "x", "a pipe");
    EXPECT_TRUE(source.has_more());
    source.pump(Sender(line.guest));
    EXPECT_FALSE(source.has_more());
    pipe.write_end.reset();
    EXPECT_TRUE(source.has_more()) << "its end is to be told";
    source.pump(Sender(line.guest));
    EXPECT_FALSE(source.has_more());
}

TEST(Streams, GoAsFramesOfTheirSession) {
    Line line = Line::make();
    Pipe pipe = Pipe::make();
    write_all(pipe.write_end.get(), "hello", "a pipe");
    StreamSource source(std::move(pipe.read_end), Kind::kErrors);
    source.pump(Sender(line.guest, 7));
    EXPECT_EQ(line.at_host().session, 7);
}

TEST(Streams, NoMoreIsTakenThanWasAskedFor) {
    StreamSink sink(Fd(open("/dev/null", O_WRONLY | O_CLOEXEC)), Kind::kInput);
    sink.take(std::string(kStreamWindow, 'x'));
    EXPECT_THAT(error_of([&] { sink.take("y"); }), HasSubstr("more than"));
}

TEST(Channel, ALineThatIsLimitedWaitsForItsReader) {
    Line line = Line::make();
    constexpr std::size_t kLimit = 2048;
    line.host.limit_line(kLimit);
    line.guest.tell_taken();
    const std::string text(3 * kLimit, 'x');
    line.host.send({Kind::kPlan, text});
    EXPECT_EQ(line.host.writable_fd(), -1);
    std::optional<Frame> plan;
    for (int i = 0; i < 100 && !plan; ++i) {
        line.guest.pump_in();
        plan = line.guest.next();
        line.host.pump_in();
        while (const auto told = line.host.next())
            line.host.line_taken(number_at(told->payload, 1));
    }
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->payload, text);
    EXPECT_THAT(error_of([&] { line.host.line_taken(1 << 20); }), HasSubstr("never sent"));
}

}  // namespace
}  // namespace mincs::vm
