// The habits of CLI11 that would be bugs here each have a test.
#include "tools/minc/options.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libcore/base/error.hh"

using namespace mincs;
using testing::ElementsAre;

namespace {

minc::Options parse(std::vector<const char*> words) {
    words.insert(words.begin(), "minc");
    return minc::parse_options(static_cast<int>(words.size()), words.data()).value();
}

}  // namespace

TEST(Options, ARepeatableOptionDoesNotSwallowTheCommand) {
    const auto options = parse({"-b", "/a:/a", "-b", "/b:/b", "ls", "-l"});
    EXPECT_THAT(options.request.binds, ElementsAre("/a:/a", "/b:/b"));
    EXPECT_THAT(options.request.command, ElementsAre("ls", "-l"));
}

TEST(Options, WordsAfterTheCommandBelongToIt) {
    const auto options = parse({"-k", "ls", "-r", "x", "--help", "--", "-k"});
    EXPECT_TRUE(options.request.root.empty());
    EXPECT_THAT(options.request.command, ElementsAre("ls", "-r", "x", "--help", "--", "-k"));
}

TEST(Options, TwoDashesEndOurOptions) {
    EXPECT_THAT(parse({"-k", "--", "-weird", "x"}).request.command, ElementsAre("-weird", "x"));
}

TEST(Options, AnUnknownOptionIsNoCommand) {
    EXPECT_THROW(parse({"--bogus"}), UsageError);
    EXPECT_THROW(parse({"-k", "--bogus", "ls"}), UsageError);
    EXPECT_THROW(parse({"-z", "ls"}), UsageError);
}

TEST(Options, BytesOfTheCommandAreUntouched) {
    EXPECT_THAT(parse({"echo", "", "a b", "\n", "\xff", "'\""}).request.command,
                ElementsAre("echo", "", "a b", "\n", "\xff", "'\""));
}

TEST(Options, AnEmptyEntrypointIsNotTheSameAsNone) {
    EXPECT_FALSE(parse({"ls"}).request.entrypoint);
    EXPECT_EQ(parse({"--entrypoint", "", "ls"}).request.entrypoint, "");
}

TEST(Options, SeveralCapabilitiesStandInOneWord) {
    const auto options = parse(
        {"--cap-add", "a,b", "--cap-add", "c", "--nocaps", "d,e", "--cap-drop", "f,g", "ls", "-l"});
    EXPECT_THAT(options.request.cap_add, ElementsAre("a", "b", "c"));
    EXPECT_THAT(options.request.cap_drop, ElementsAre("d", "e", "f", "g"));
    EXPECT_THAT(options.request.command, ElementsAre("ls", "-l"));
}

TEST(Options, LimitsAreRead) {
    const auto options =
        parse({"--mem-limit", "64m", "--pid-max", "10", "-c", "0-1", "--cpu-quota", "50000"});
    EXPECT_EQ(options.request.resources.memory_limit, 64 << 20);
    EXPECT_EQ(options.request.resources.pids_limit, 10);
    EXPECT_EQ(options.request.resources.cpus, "0-1");
    EXPECT_EQ(options.request.resources.cpu_quota, 50000);
}

TEST(Options, MaskOfCpusIsAList) {
    const auto cpus = [](const char* text) { return parse({"-c", text}).request.resources.cpus; };
    EXPECT_EQ(cpus("0x1"), "0");
    EXPECT_EQ(cpus("0x27"), "0,1,2,5");
    EXPECT_EQ(cpus("0xF0"), "4,5,6,7");
    EXPECT_EQ(cpus("0x10000000000000000"), "64");
    const std::string longest = "0x" + std::string(257, '1');
    for (const char* text : {"0x", "0x0", "0xg", "0x-1", longest.c_str()})
        EXPECT_THROW(cpus(text), UsageError) << text;
}

TEST(Options, DockersNamesMeanTheSame) {
    const auto& request =
        parse({"--memory", "64m", "--memory-swap", "128m", "--pids-limit", "10", "--cpuset-cpus",
               "0", "--blkio-weight", "20", "-v", "/a:/b", "--detach"})
            .request;
    EXPECT_EQ(request.resources.memory_limit, 64 << 20);
    EXPECT_EQ(request.resources.memory_swap, 128 << 20);
    EXPECT_EQ(request.resources.pids_limit, 10);
    EXPECT_EQ(request.resources.cpus, "0");
    EXPECT_EQ(request.resources.io_weight, 20);
    EXPECT_EQ(request.binds, std::vector<std::string>{"/a:/b"});
    EXPECT_TRUE(request.background);
}

TEST(Options, TracingNeedsTheForeground) {
    EXPECT_EQ(parse({"--ftrace", "x"}).ftrace, "x");
    EXPECT_THROW(parse({"--ftrace", "x", "-B"}), UsageError);
    EXPECT_THROW(parse({"--ftrace-output", "x"}), UsageError);
}

TEST(Options, ANumberOfCpusIsAQuota) {
    const auto quota = [](const char* text) {
        return parse({"--cpus", text}).request.resources.cpu_quota;
    };
    EXPECT_EQ(quota("1.5"), 150000);
    EXPECT_EQ(quota("2"), 200000);
    EXPECT_EQ(quota(".5"), 50000);
    EXPECT_EQ(quota("0.01"), 1000);
    for (const char* text : {"0", "0.001", "-1", "1,5", "1.2.3", "x", "1e3", "123456"})
        EXPECT_THROW(quota(text), UsageError) << text;
    EXPECT_THROW(parse({"--cpus", "1", "--cpu-quota", "50000"}), UsageError);
    EXPECT_THROW(parse({"--io-weight", "5"}), UsageError);
}

TEST(Options, LimitsThatMakeNoSenseAreRefused) {
    EXPECT_THROW(parse({"--mem-limit", "lots"}), UsageError);
    EXPECT_THROW(parse({"--pid-max", "0"}), UsageError);
    EXPECT_THROW(parse({"--pid-max", "-1"}), UsageError);
    EXPECT_THROW(parse({"-c", "0;1"}), UsageError);
    EXPECT_THROW(parse({"--mem-limit", "2g", "--mem-swap", "1g"}), UsageError);
}
