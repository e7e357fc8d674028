#include "librun/command.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "libcore/container/capabilities.hh"

using namespace mincs;
using namespace mincs::run;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

namespace {

RootSource image() {
    RootSource root;
    root.kind = RootKind::kImage;
    root.name = "app";
    root.lower = {"/"};
    root.config.entrypoint = {"/entry"};
    root.config.cmd = {"serve", "--now"};
    root.config.env = {"PATH=/app/bin", "A=1"};
    root.config.working_dir = "/srv";
    return root;
}

}  // namespace

TEST(CommandLine, IsEntrypointAndCmd) {
    EXPECT_THAT(command_line({}, image()), ElementsAre("/entry", "serve", "--now"));
}

TEST(CommandLine, WordsReplaceCmdAndKeepTheEntrypoint) {
    Request request;
    request.command = {"check"};
    EXPECT_THAT(command_line(request, image()), ElementsAre("/entry", "check"));
}

TEST(CommandLine, AnEntrypointOfTheCallersDropsCmd) {
    Request request;
    request.entrypoint = "/mine";
    EXPECT_THAT(command_line(request, image()), ElementsAre("/mine"));
    request.entrypoint = "";
    request.command = {"ls"};
    EXPECT_THAT(command_line(request, image()), ElementsAre("ls"));
}

TEST(CommandLine, WithNothingToRunItIsAShell) {
    RootSource directory;
    directory.kind = RootKind::kDirectory;
    EXPECT_THAT(command_line({}, directory), ElementsAre("/bin/sh"));
}

TEST(Process, TheImagesWishesHoldUntilTheCallerSaysOtherwise) {
    const container::Process process = make_process({}, image(), "");
    EXPECT_THAT(process.env, Contains("PATH=/app/bin"));
    EXPECT_THAT(process.env, Contains("HOME=/root"));
    EXPECT_EQ(process.cwd, "/srv");
    EXPECT_TRUE(process.no_new_privileges);
    Request request;
    request.env = {"A=2", "B=3"};
    request.workdir = "/tmp";
    const container::Process changed = make_process(request, image(), "");
    EXPECT_THAT(changed.env, Contains("A=2"));
    EXPECT_THAT(changed.env, Not(Contains("A=1")));
    EXPECT_THAT(changed.env, Contains("B=3"));
    EXPECT_EQ(changed.cwd, "/tmp");
}

TEST(Process, ABareNameHandsTheCallersVariableOn) {
    setenv("MINCS_TEST_VARIABLE", "v", 1);
    Request request;
    request.env = {"MINCS_TEST_VARIABLE", "MINCS_TEST_UNSET"};
    const container::Process process = make_process(request, image(), "");
    EXPECT_THAT(process.env, Contains("MINCS_TEST_VARIABLE=v"));
    for (const std::string& variable : process.env)
        EXPECT_FALSE(variable.starts_with("MINCS_TEST_UNSET"));
}

TEST(Process, TheCallersEnvironmentStaysOutsideAnImage) {
    setenv("MINCS_TEST_SECRET", "token", 1);
    EXPECT_THAT(make_process({}, image(), "").env, Not(Contains("MINCS_TEST_SECRET=token")));
    RootSource host;
    host.name = "host";
    host.lower = {"/"};
    EXPECT_THAT(make_process({}, host, "").env, Contains("MINCS_TEST_SECRET=token"));
}

TEST(Process, ARelativeWorkingDirectoryIsRefused) {
    Request request;
    request.workdir = "srv";
    EXPECT_THROW(make_process(request, image(), ""), UsageError);
}

TEST(Bind, TakesHostDirAndMode) {
    const container::Mount mount = parse_bind("/tmp:/data:ro");
    EXPECT_EQ(mount.source, "/tmp");
    EXPECT_EQ(mount.destination, "/data");
    EXPECT_THAT(mount.options, Contains("ro"));
    EXPECT_THAT(mount.options, Contains("nodev"));
    EXPECT_THAT(parse_bind("/tmp:/data").options, Not(Contains("ro")));
}

TEST(Bind, WrongOnesAreRefused) {
    for (const char* text :
         {"", ":", "/tmp:", "/tmp:data", "/tmp:/data:rx", ":/data", "/tmp:/data:ro:x"})
        EXPECT_THROW(parse_bind(text), UsageError) << text;
    EXPECT_THROW(parse_bind("/no/such/source:/data"), SysError);
}

TEST(Process, CapabilitiesAreAddedAndDroppedAsDockerDoes) {
    using container::parse_capability;
    const auto kept = [](std::vector<std::string> add, std::vector<std::string> drop) {
        Request request;
        request.cap_add = std::move(add);
        request.cap_drop = std::move(drop);
        return make_process(request, image(), "").capabilities;
    };
    const int chown = parse_capability("chown"), raw = parse_capability("net_raw");
    EXPECT_THAT(kept({"CAP_NET_RAW", "chown"}, {"ALL"}), ElementsAre(raw, chown));
    EXPECT_THAT(kept({"net_raw"}, {}), Contains(raw));
    EXPECT_EQ(kept({"net_raw"}, {}).size(), container::default_capabilities().size() + 1);
    EXPECT_THAT(kept({"chown"}, {"chown"}), Contains(chown));
    EXPECT_THAT(kept({"ALL"}, {"chown"}), Not(Contains(chown)));
    EXPECT_EQ(kept({"all"}, {"chown"}).size(), container::all_capabilities().size() - 1);
    EXPECT_THROW(kept({"ALL"}, {"ALL"}), UsageError);
    EXPECT_THROW(kept({"nonsense"}, {}), UsageError);
}
