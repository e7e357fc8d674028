#include "tools/polecat/trace_file.hh"

#include <gmock/gmock.h>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

using testing::ElementsAre;

std::vector<TracedRun> two_runs() {
    TracedRun one;
    one.command = {"sh", "-c", "a\tb\nc\\"};
    one.hidden = {"/home/me"};
    one.input = "file";
    one.status = 3;
    one.duration = std::chrono::milliseconds(1234);
    one.trace["/etc/a file"] = {kLook | kFollow, true, false, "/bin/sh"};
    one.trace["/etc/\x01\xff\n"] = {kOpen | kCreate, false, true, ""};
    TracedRun two;
    two.command = {"true"};
    two.stopped = true;
    two.trace["/x"] = {kAllUses, true, true, "/bin/true"};
    return {one, two};
}

TEST(TraceFile, ComesBackAsItWas) {
    const std::string text = encode_traces(two_runs());
    const std::vector<TracedRun> runs = decode_traces(text, "t");
    ASSERT_EQ(runs.size(), 2u);
    EXPECT_THAT(runs[0].command, ElementsAre("sh", "-c", "a\tb\nc\\"));
    EXPECT_THAT(runs[0].hidden, ElementsAre("/home/me"));
    EXPECT_EQ(runs[0].input, "file");
    EXPECT_EQ(runs[0].status, 3);
    EXPECT_EQ(runs[0].duration.count(), 1234);
    EXPECT_FALSE(runs[0].stopped);
    EXPECT_TRUE(runs[0].trace.at("/etc/\x01\xff\n").missing);
    EXPECT_EQ(runs[0].trace.at("/etc/a file").by, "/bin/sh");
    EXPECT_EQ(runs[0].trace.at("/etc/a file").uses, unsigned{kLook | kFollow});
    EXPECT_TRUE(runs[1].stopped);
    EXPECT_TRUE(runs[1].trace.at("/x").existed && runs[1].trace.at("/x").missing);
    EXPECT_EQ(encode_traces(runs), text);
}

TEST(TraceFile, IsWrittenAsItsDocumentationSays) {
    TracedRun run;
    run.command = {"cat", "/etc/hosts"};
    run.trace["/etc/hosts"] = {kOpen | kFollow, true, false, "/bin/cat"};
    EXPECT_EQ(encode_traces({run}),
              "polecat-trace\t1\nrun\t0\tended\tnone\t0\tcat\t/etc/hosts\n"
              "path\tof\tthere\t/etc/hosts\t/bin/cat\nend\t2\n");
}

TEST(TraceFile, DamageIsNoticed) {
    const std::string good = encode_traces(two_runs());
    // Cut anywhere, and with any line missing.
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_THROW(decode_traces(good.substr(0, size), "t"), Error) << size;
    for (const char* bad :
         {"", "polecat-trace\t2\nend\t0\n", "polecat-trace\t1\nend\t0\n",
          "polecat-trace\t1\npath\tl\tthere\t/x\t\nend\t1\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\t0\tx\npath\tq\tthere\t/x\t\nend\t2\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\t0\tx\npath\tl\tmaybe\t/x\t\nend\t2\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\t0\tx\npath\tl\tthere\trelative\t\nend\t2\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\t0\tx\npath\tl\tthere\t/\\x00\t\nend\t2\n",
          "polecat-trace\t1\nrun\t999\tended\tnone\t0\tx\nend\t1\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\tsoon\tx\nend\t1\n",
          "polecat-trace\t1\nrun\t0\tended\tfifo\t0\tx\nend\t1\n",
          "polecat-trace\t1\nrun\t0\tended\tnone\t0\tx\nend\t1\nmore\n"})
        EXPECT_THROW(decode_traces(bad, "t"), Error) << bad;
}

}  // namespace
}  // namespace mincs::polecat
