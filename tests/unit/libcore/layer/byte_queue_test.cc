// ByteQueue between two threads.
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "libcore/base/error.hh"
#include "libcore/layer/layer_apply.hh"

namespace mincs::layer {
namespace {

std::string numbered(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
    return bytes;
}

TEST(ByteQueue, GivesTheBytesInOrder) {
    const std::string sent = numbered(3'000'000);
    for (const std::size_t capacity : {1u, 2u, 100u, 65536u, 8u << 20}) {
        const std::string part = sent.substr(0, capacity < 100 ? 5000 : sent.size());
        ByteQueue queue(capacity);
        std::thread writer([&] {
            std::mt19937 random(3);
            for (std::string_view rest = part; !rest.empty();) {
                const std::size_t size = std::min<std::size_t>(rest.size(), random() % 30000);
                queue.push(rest.substr(0, size));
                rest.remove_prefix(size);
            }
            queue.close();
        });
        std::string got;
        for (std::string_view piece = queue.pull(); !piece.empty(); piece = queue.pull())
            got += piece;
        writer.join();
        EXPECT_TRUE(got == part) << capacity;
        EXPECT_TRUE(queue.pull().empty()) << "the end stays the end";
    }
}

TEST(ByteQueue, ViewsStayValidWhileTheWriterGoesOn) {
    ByteQueue queue(1000);
    queue.push(std::string(600, 'a'));
    const std::string_view view = queue.pull();
    const std::string before(view);
    std::thread writer([&] {
        queue.push(std::string(5000, 'b'));
        queue.close();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(view, before);
    while (!queue.pull().empty()) {
    }
    writer.join();
}

TEST(ByteQueue, WritersFailureReachesTheReader) {
    ByteQueue queue(1000);
    std::thread writer([&] { queue.fail("the line was cut"); });
    try {
        while (!queue.pull().empty()) {
        }
        ADD_FAILURE() << "no error";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "the line was cut");
    }
    writer.join();
}

TEST(ByteQueue, ReadersFailureWakesABlockedWriter) {
    ByteQueue queue(100);
    std::string message;
    std::thread writer([&] {
        try {
            queue.push(std::string(10'000, 'x'));
        } catch (const Error& error) {
            message = error.what();
        }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    queue.fail("no space");
    writer.join();
    EXPECT_EQ(message, "no space");
    EXPECT_THROW(queue.push("x"), Error);
}

TEST(ByteQueue, FirstFailureIsTheOneThatCounts) {
    ByteQueue queue;
    queue.fail("cause");
    queue.fail("consequence");
    try {
        queue.pull();
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "cause");
    }
}

}  // namespace
}  // namespace mincs::layer
