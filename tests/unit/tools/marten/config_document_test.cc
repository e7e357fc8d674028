// Configurations of images made here: new ones, and ones grown out of another image's.
#include "tools/marten/config_document.hh"

#include <gtest/gtest.h>

#include "db/image_config.hh"
#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::marten {
namespace {

const Digest kOne = Digest::of("one");
const Digest kTwo = Digest::of("two");

std::string base_config() {
    return R"({"architecture": "arm64", "os": "linux", "variant": "v8", "created": "2001-01-01T00:00:00Z",
               "container": "4f1c", "docker_version": "1.2", "config": {"Cmd": ["x"], "Healthcheck": {"Test": ["y"]}},
               "history": [{"created_by": "ADD", "comment": "kept"}, {"created_by": "CMD", "empty_layer": true}],
               "rootfs": {"type": "layers", "diff_ids": [")" +
           kOne.to_string() + "\"]}}";
}

class ConfigDocumentTest : public testing::Test {
 protected:
    void SetUp() override { setenv("SOURCE_DATE_EPOCH", "86400", 1); }
    void TearDown() override { unsetenv("SOURCE_DATE_EPOCH"); }
    static Json json_of(const ConfigDocument& document) {
        return parse_json(document.text(), "the config");
    }
};

TEST_F(ConfigDocumentTest, FreshOneReadsBack) {
    ConfigDocument document = ConfigDocument::fresh();
    document.add_layer(kOne, {"marten import", "", ""});
    const auto config = db::ImageConfig::parse(document.text(), "x");
    EXPECT_FALSE(config.architecture.empty());
    EXPECT_EQ(config.os, "linux");
    EXPECT_EQ(config.created, "1970-01-02T00:00:00Z");
    EXPECT_EQ(config.cmd, std::vector<std::string>{"/bin/sh"});
    ASSERT_EQ(config.env.size(), 1u);
    EXPECT_TRUE(config.env[0].starts_with("PATH="));
    EXPECT_EQ(config.diff_ids, std::vector<Digest>{kOne});
}

TEST_F(ConfigDocumentTest, GrowsWithoutLosingWhatItDoesNotKnow) {
    ConfigDocument document = ConfigDocument::grown_from(base_config(), "x");
    document.add_layer(kTwo, {"sh", "me", "why"});
    document.add_step({"ENV A=b", "", ""});
    document.set_author("me");
    const Json made = json_of(document);
    EXPECT_EQ(made["config"]["Healthcheck"]["Test"][0], "y");
    EXPECT_EQ(made["variant"], "v8");
    EXPECT_EQ(made["author"], "me");
    EXPECT_FALSE(made.contains("container"));
    EXPECT_EQ(made["created"], "1970-01-02T00:00:00Z");
    EXPECT_EQ(made["rootfs"]["diff_ids"], Json::array({kOne.to_string(), kTwo.to_string()}));
    ASSERT_EQ(made["history"].size(), 4u);
    EXPECT_EQ(made["history"][0]["comment"], "kept");
    EXPECT_EQ(made["history"][2], (Json{{"created", "1970-01-02T00:00:00Z"},
                                        {"created_by", "sh"},
                                        {"author", "me"},
                                        {"comment", "why"}}));
    EXPECT_EQ(made["history"][3]["empty_layer"], true);
}

TEST_F(ConfigDocumentTest, FlattenedItHasOneLayerAndAllItsHistory) {
    ConfigDocument document = ConfigDocument::grown_from(base_config(), "x");
    document.flatten(kTwo, {"sh", "", ""});
    const Json made = json_of(document);
    EXPECT_EQ(made["rootfs"]["diff_ids"], Json::array({kTwo.to_string()}));
    ASSERT_EQ(made["history"].size(), 3u);
    EXPECT_EQ(made["history"][0]["empty_layer"], true);
    EXPECT_FALSE(made["history"][2].contains("empty_layer"));
}

TEST_F(ConfigDocumentTest, MembersOfAWrongTypeAreRefused) {
    const auto grow = [](std::string member) {
        return ConfigDocument::grown_from(
            R"({"rootfs": {"type": "layers", "diff_ids": []}, )" + member + "}", "x");
    };
    EXPECT_THROW(grow(R"("config": [])"), Error);
    EXPECT_THROW(grow(R"("history": {})"), Error);
    EXPECT_THROW(grow(R"("history": ["x"])"), Error);
    EXPECT_NO_THROW(grow(R"("config": null)"));
}

}  // namespace
}  // namespace mincs::marten
