#include "tools/marten/running.hh"

#include <gtest/gtest.h>

#include <csignal>

namespace mincs::marten {
namespace {

TEST(Signals, ByNameAndNumber) {
    for (const char* text : {"TERM", "SIGTERM", "term", "sigterm", "15"})
        EXPECT_EQ(parse_signal(text), SIGTERM) << text;
    EXPECT_EQ(parse_signal("RTMIN"), SIGRTMIN);
    EXPECT_EQ(parse_signal("RTMIN+3"), SIGRTMIN + 3);
    EXPECT_EQ(parse_signal("SIGRTMAX-1"), SIGRTMAX - 1);
    EXPECT_EQ(parse_signal("64"), 64);
    for (const char* text : {"", "0", "-1", "65", "SIG", "TERMX", "1 5", "RTMIN+", "RTMIN+99"})
        EXPECT_THROW(parse_signal(text), UsageError) << text;
}

TEST(State, OfAContainer) {
    db::Container container;
    container.id = std::string(64, '0');
    EXPECT_EQ(state_of(container), "created");
    container.last_run.emplace();
    EXPECT_EQ(state_of(container), "exited");
    container.last_run->exit_status = 3;
    EXPECT_EQ(state_of(container), "exited 3");
    container.running = true;
    EXPECT_EQ(state_of(container), "running");
}

}  // namespace
}  // namespace mincs::marten
