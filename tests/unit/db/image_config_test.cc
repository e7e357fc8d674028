#include "db/image_config.hh"

#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

const std::string kDiffId = "sha256:" + std::string(64, 'a');

std::string config_with(const std::string& run, const std::string& diff_ids) {
    return R"({"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":)" +
           run + R"(,"rootfs":{"type":"layers","diff_ids":)" + diff_ids + "}}";
}

std::string refusal(const std::string& json) {
    return error_of([&] { ImageConfig::parse(json, "the config of 'x'"); });
}

TEST(ImageConfig, ReadsWhatAnImageSays) {
    const auto config = ImageConfig::parse(
        config_with(R"({"Env":["A=1","B=2"],"Entrypoint":["/init"],"Cmd":["sh","-c","true"],
                        "WorkingDir":"/srv","User":"nobody:users"})",
                    "[\"" + kDiffId + "\"]"),
        "x");
    EXPECT_EQ(config.architecture, "amd64");
    EXPECT_EQ(config.os, "linux");
    EXPECT_EQ(config.env, (std::vector<std::string>{"A=1", "B=2"}));
    EXPECT_EQ(config.entrypoint, (std::vector<std::string>{"/init"}));
    EXPECT_EQ(config.cmd, (std::vector<std::string>{"sh", "-c", "true"}));
    EXPECT_EQ(config.working_dir, "/srv");
    EXPECT_EQ(config.user, "nobody:users");
    ASSERT_EQ(config.diff_ids.size(), 1u);
    EXPECT_EQ(config.diff_ids[0].to_string(), kDiffId);
}

TEST(ImageConfig, NullsAndAbsentPartsAreEmpty) {
    const auto config =
        ImageConfig::parse(config_with(R"({"Env":null,"Entrypoint":null,"Cmd":null})", "[]"), "x");
    EXPECT_TRUE(config.env.empty());
    EXPECT_TRUE(config.entrypoint.empty());
    EXPECT_TRUE(config.diff_ids.empty());
    EXPECT_TRUE(
        ImageConfig::parse(R"({"config":null,"rootfs":{"type":"layers"}})", "x").cmd.empty());
}

TEST(ImageConfig, HostileDocumentsAreRefusedByName) {
    const std::string nul = R"({"Env":["A=)"
                            "\\u0000"
                            R"("]})";
    for (const std::string& json : {std::string(),
                                    std::string("null"),
                                    std::string("[]"),
                                    std::string("{}"),
                                    std::string("{\"rootfs\":{}}"),
                                    std::string("{\"rootfs\":[]}"),
                                    config_with("[]", "[]"),
                                    config_with("7", "[]"),
                                    config_with(R"({"Env":"A=1"})", "[]"),
                                    config_with(R"({"Env":[1]})", "[]"),
                                    config_with(R"({"Env":{"A":"1"}})", "[]"),
                                    config_with(R"({"WorkingDir":["/"]})", "[]"),
                                    config_with(nul, "[]"),
                                    config_with("{}", "[\"../../etc\"]"),
                                    config_with("{}", "[\"sha256:abc\"]"),
                                    config_with("{}", "[\"md5:" + std::string(32, 'a') + "\"]"),
                                    config_with("{}", "[null]"),
                                    config_with("{}", "\"" + kDiffId + "\""),
                                    std::string(100'000, '['),
                                    std::string(R"({"rootfs":{"type":"snapshots","diff_ids":[]}})"),
                                    std::string("\xff\xfe{}"),
                                    config_with("{}", "[]") + "x"}) {
        const std::string message = refusal(json);
        EXPECT_FALSE(message.empty()) << json.substr(0, 200);
        EXPECT_LT(message.size(), 2000u);
    }
    EXPECT_NE(refusal("{}").find("the config of 'x'"), std::string::npos);
}

TEST(ImageConfig, NumbersOfThingsAreBounded) {
    std::string ids = "[";
    for (int i = 0; i < 2000; ++i) ids += (i ? ",\"" : "\"") + kDiffId + "\"";
    EXPECT_NE(refusal(config_with("{}", ids + "]")).find("more than 1000 layers"),
              std::string::npos);
    EXPECT_NE(refusal(std::string(5u << 20, ' ')).find("bytes"), std::string::npos);
}

}  // namespace
}  // namespace mincs::db
