// --change: a Dockerfile's instructions upon an image's configuration.
#include "tools/marten/config_changes.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::marten {
namespace {

Json json(const char* text) {
    return parse_json(text, "the test");
}

/// `before` after these changes.
Json changed(const std::vector<std::string>& texts, const char* before = "{}") {
    std::vector<ConfigChange> changes;
    for (const std::string& text : texts) changes.emplace_back(text);
    Json config = json(before);
    apply_changes(changes, config);
    return config;
}

TEST(ConfigChanges, CommandsInJsonAndShellForm) {
    EXPECT_EQ(changed({R"(CMD ["nginx", "-g", "daemon off;"])"}),
              json(R"({"Cmd": ["nginx", "-g", "daemon off;"]})"));
    EXPECT_EQ(changed({"cmd echo $HOME 'x  y'"}),
              json(R"({"Cmd": ["/bin/sh", "-c", "echo $HOME 'x  y'"]})"));
    EXPECT_EQ(changed({"CMD=top"}), json(R"({"Cmd": ["/bin/sh", "-c", "top"]})"));
    EXPECT_EQ(changed({"CMD ['no json']"})["Cmd"][2], "['no json']");
    EXPECT_EQ(changed({R"(CMD ["a", 1])"})["Cmd"][2], R"(["a", 1])");
    EXPECT_EQ(changed({"CMD x"}, R"({"Shell": ["/bin/bash", "-lc"]})")["Cmd"],
              json(R"(["/bin/bash", "-lc", "x"])"));
    EXPECT_TRUE(changed({"CMD []"}, R"({"Cmd": ["x"]})")["Cmd"].is_null());
}

TEST(ConfigChanges, AnotherEntrypointDropsTheImagesCommand) {
    const char* before = R"({"Cmd": ["old"], "Entrypoint": ["e"]})";
    EXPECT_EQ(changed({R"(ENTRYPOINT ["/run"])"}, before), json(R"({"Entrypoint": ["/run"]})"));
    EXPECT_EQ(changed({"CMD [\"new\"]", "ENTRYPOINT [\"/run\"]"}, before),
              json(R"({"Entrypoint": ["/run"], "Cmd": ["new"]})"));
    EXPECT_EQ(changed({"CMD [\"new\"]"}, before), json(R"({"Entrypoint": ["e"], "Cmd": ["new"]})"));
}

TEST(ConfigChanges, EnvironmentKeepsItsOrderAndReplaces) {
    const char* before = R"({"Env": ["PATH=/bin", "A=1"]})";
    EXPECT_EQ(changed({"ENV A=2 B='x y' C=\"p q\" D=a\\ b"}, before)["Env"],
              json(R"(["PATH=/bin", "A=2", "B=x y", "C=p q", "D=a b"])"));
    EXPECT_EQ(changed({"ENV A all the  rest"}, before)["Env"],
              json(R"(["PATH=/bin", "A=all the  rest"])"));
    EXPECT_EQ(changed({"ENV E="}, before)["Env"][2], "E=");
    EXPECT_EQ(changed({"ENV E=a=b"}, before)["Env"][2], "E=a=b");
}

TEST(ConfigChanges, VariablesOfTheImagesEnvironment) {
    const char* before = R"({"Env": ["PATH=/bin", "A=1"]})";
    const auto value = [&](const std::string& text) {
        return changed({"ENV X=" + text}, before)["Env"][2].get<std::string>().substr(2);
    };
    EXPECT_EQ(value("/opt:$PATH"), "/opt:/bin");
    EXPECT_EQ(value("${A}${A}"), "11");
    EXPECT_EQ(value("\"$A $NOPE.\""), "1 .");
    EXPECT_EQ(value("'$A'"), "$A");
    EXPECT_EQ(value("\\$A"), "$A");
    EXPECT_EQ(value("\"\\$A \\n\""), "$A \\n");
    EXPECT_EQ(value("${NOPE:-else$A}${A:-no}${A:+then}${NOPE:+no}"), "else11then");
    EXPECT_EQ(value("5$"), "5$");
    EXPECT_EQ(value("\"it's $A\""), "it's 1");
    EXPECT_EQ(changed({"ENV A=2 B=$A"}, before)["Env"][2], "B=1") << "all of a line at once";
    EXPECT_EQ(changed({"ENV A=2", "ENV B=$A"}, before)["Env"][2], "B=2");
    EXPECT_EQ(changed({"WORKDIR $PATH/x", "USER u$A"}, before)["WorkingDir"], "/bin/x");
}

TEST(ConfigChanges, LabelsPortsVolumes) {
    EXPECT_EQ(changed({"LABEL a.b=\"c d\" e=f", "LABEL g h i"}, R"({"Labels": {"e": "old"}})"),
              json(R"({"Labels": {"a.b": "c d", "e": "f", "g": "h i"}})"));
    EXPECT_EQ(changed({"EXPOSE 80 53/udp 8000-8002"}, R"({"ExposedPorts": null})"),
              json(R"({"ExposedPorts": {"80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {},
                                        "8002/tcp": {}}})"));
    EXPECT_EQ(changed({"VOLUME /a \"/b c\"", "VOLUME [\"/d e\"]"}),
              json(R"({"Volumes": {"/a": {}, "/b c": {}, "/d e": {}}})"));
}

TEST(ConfigChanges, WorkingDirectoriesAddUp) {
    EXPECT_EQ(changed({"WORKDIR /srv", "WORKDIR app/", "WORKDIR ../x y"})["WorkingDir"],
              "/srv/x y");
    EXPECT_EQ(changed({"WORKDIR app"})["WorkingDir"], "/app");
    EXPECT_EQ(changed({"WORKDIR /"}, R"({"WorkingDir": "/x"})")["WorkingDir"], "/");
}

TEST(ConfigChanges, WhatIsWrongIsWrongUse) {
    for (const char* text : {"",
                             "RUN ls",
                             "FROM x",
                             "CMD",
                             "CMD  ",
                             "ENV A",
                             "ENV A=1 B",
                             "ENV =x",
                             "ENV A='x",
                             "LABEL a=b c",
                             "EXPOSE http",
                             "EXPOSE 0",
                             "EXPOSE 70000",
                             "EXPOSE 9-8",
                             "EXPOSE 80/ip",
                             "USER ${A",
                             "USER ${}",
                             "USER ${A:?x}",
                             "VOLUME \"x",
                             "CMD [\"a\\u0000\"]"})
        EXPECT_THROW(changed({text}), UsageError) << text;
    EXPECT_THROW(ConfigChange("EXPOSE http"), UsageError) << "told at once";
    EXPECT_NO_THROW(ConfigChange("EXPOSE $PORT"));
    EXPECT_THROW(changed({"EXPOSE 1"}, R"({"ExposedPorts": []})"), Error);
}

TEST(ConfigChanges, TextForTheHistory) {
    EXPECT_EQ(ConfigChange("  cmd   [\"x\"] ").text(), "CMD [\"x\"]");
    EXPECT_EQ(ConfigChange("Env=A=b").text(), "ENV A=b");
}

}  // namespace
}  // namespace mincs::marten
