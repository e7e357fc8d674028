// registries.conf: which table a name belongs to, where its images are then read, what short names
// mean, and what is no such file.
#include "libregistry/registries_conf.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "tests/support/scoped_variable.hh"

namespace mincs::registry {
namespace {

using test::ScopedVariable;
using testing::ElementsAre;
using testing::HasSubstr;

RegistriesConf conf_of(std::string_view toml) {
    RegistriesConf conf;
    conf.add(toml, "test.conf");
    return conf;
}

/// "name", "name (insecure)" of each place.
std::vector<std::string> places(const RegistriesConf& conf, std::string_view name) {
    std::vector<std::string> list;
    for (const Endpoint& place : conf.sources(Reference::parse(name)))
        list.push_back(place.reference.to_string() + (place.insecure ? " (insecure)" : ""));
    return list;
}

std::string resolved(const RegistriesConf& conf, std::string_view typed) {
    return conf.resolve(typed).to_string();
}

std::string error_in(std::string_view toml) {
    try {
        conf_of(toml);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(RegistriesConf, WithoutAFileEverythingIsWhereItsNameSays) {
    EXPECT_THAT(places({}, "quay.io/org/app:1"), ElementsAre("quay.io/org/app:1"));
    EXPECT_EQ(resolved({}, "debian"), "docker.io/library/debian:latest");
    EXPECT_THAT(places(conf_of(""), "debian"), ElementsAre("docker.io/library/debian:latest"));
}

TEST(RegistriesConf, TheLongestPrefixCounts) {
    const RegistriesConf conf = conf_of(R"(
        [[registry]]
        prefix = "example.com/foo/app:2"
        location = "inside.example/second:old"
        [[registry]]
        location = "example.com"
        insecure = true
        [[registry]]
        prefix = "example.com/foo"
        location = "inside.example/bar"
        [[registry]]
        prefix = "example.com:5000/x"
        location = "elsewhere.example")");
    EXPECT_THAT(places(conf, "example.com/x"), ElementsAre("example.com/x:latest (insecure)"));
    EXPECT_THAT(places(conf, "example.com/foo/app"), ElementsAre("inside.example/bar/app:latest"));
    EXPECT_THAT(places(conf, "example.com/foo"), ElementsAre("inside.example/bar:latest"));
    EXPECT_THAT(places(conf, "example.com/foo/app:2"), ElementsAre("inside.example/second:old"));
    EXPECT_THAT(places(conf, "example.com/food"),
                ElementsAre("example.com/food:latest (insecure)"));
    EXPECT_THAT(places(conf, "example.com:5000/x/y"), ElementsAre("elsewhere.example/y:latest"));
    EXPECT_THAT(places(conf, "example.com:5001/x"), ElementsAre("example.com:5001/x:latest"));
    EXPECT_THAT(places(conf, "example.community/x"), ElementsAre("example.community/x:latest"));
}

TEST(RegistriesConf, AStarStandsForAnySubdomain) {
    const RegistriesConf conf = conf_of(R"(
        [[registry]]
        prefix = "*.example.com"
        insecure = true
        [[registry]]
        prefix = "*.deep.example.com"
        location = "one.example/all")");
    EXPECT_THAT(places(conf, "a.example.com/x"), ElementsAre("a.example.com/x:latest (insecure)"));
    EXPECT_THAT(places(conf, "a.b.example.com:5000/x"),
                ElementsAre("a.b.example.com:5000/x:latest (insecure)"));
    EXPECT_THAT(places(conf, "example.com/x"), ElementsAre("example.com/x:latest"));
    EXPECT_THAT(places(conf, "badexample.com/x"), ElementsAre("badexample.com/x:latest"));
    EXPECT_THAT(places(conf, "other.io/a.example.com/x"),
                ElementsAre("other.io/a.example.com/x:latest"));
    EXPECT_EQ(places(conf, "a.deep.example.com/x").size(), 1u);
}

TEST(RegistriesConf, MirrorsGoBeforeTheRegistryInTheirOrder) {
    const RegistriesConf conf = conf_of(R"(
        [[registry]]
        location = "docker.io"
        [[registry.mirror]]
        location = "first.example"
        [[registry.mirror]]
        location = "second.example:5000/hub"
        insecure = true)");
    EXPECT_THAT(places(conf, "debian:12"),
                ElementsAre("first.example/library/debian:12",
                            "second.example:5000/hub/library/debian:12 (insecure)",
                            "docker.io/library/debian:12"));
    EXPECT_EQ(conf.target(Reference::parse("debian")).reference.to_string(),
              "docker.io/library/debian:latest");
}

TEST(RegistriesConf, MirrorsMayServeDigestsOrTagsOnly) {
    const std::string digest = "sha256:" + std::string(64, 'a');
    const RegistriesConf each = conf_of(R"(
        [[registry]]
        location = "r.io"
        [[registry.mirror]]
        location = "digests.io"
        pull-from-mirror = "digest-only"
        [[registry.mirror]]
        location = "tags.io"
        pull-from-mirror = "tag-only"
        [[registry.mirror]]
        location = "all.io"
        pull-from-mirror = "all")");
    EXPECT_THAT(places(each, "r.io/x:1"), ElementsAre("tags.io/x:1", "all.io/x:1", "r.io/x:1"));
    EXPECT_THAT(places(each, "r.io/x@" + digest),
                ElementsAre("digests.io/x@" + digest, "all.io/x@" + digest, "r.io/x@" + digest));
    const RegistriesConf all = conf_of(R"(
        [[registry]]
        location = "r.io"
        mirror-by-digest-only = true
        [[registry.mirror]]
        location = "m.io")");
    EXPECT_THAT(places(all, "r.io/x:1"), ElementsAre("r.io/x:1"));
    EXPECT_THAT(places(all, "r.io/x@" + digest),
                ElementsAre("m.io/x@" + digest, "r.io/x@" + digest));
}

TEST(RegistriesConf, WhatIsBlockedIsNeitherReadNorWritten) {
    const RegistriesConf conf = conf_of("[[registry]]\nlocation = \"bad.io/x\"\nblocked = true");
    for (const bool write : {false, true}) {
        const Reference reference = Reference::parse("bad.io/x/app");
        EXPECT_THAT(
            [&] { write ? (void)conf.target(reference) : (void)conf.sources(reference); },
            testing::ThrowsMessage<Error>("'bad.io/x/app:latest' is blocked by 'test.conf'"));
    }
    EXPECT_THAT(places(conf, "bad.io/y"), ElementsAre("bad.io/y:latest"));
}

TEST(RegistriesConf, AnAliasGoesBeforeAllElse) {
    const RegistriesConf conf = conf_of(R"(
        unqualified-search-registries = ["search.example"]
        [aliases]
        "centos" = "quay.io/centos/centos"
        "org/app" = "quay.io/other/app")");
    EXPECT_EQ(resolved(conf, "centos"), "quay.io/centos/centos:latest");
    EXPECT_EQ(resolved(conf, "centos:9"), "quay.io/centos/centos:9");
    const std::string digest = "@sha256:" + std::string(64, 'a');
    EXPECT_EQ(resolved(conf, "centos" + digest), "quay.io/centos/centos" + digest);
    EXPECT_EQ(resolved(conf, "org/app:1"), "quay.io/other/app:1");
    EXPECT_EQ(resolved(conf, "app"), "search.example/app:latest");
    EXPECT_EQ(resolved(conf, "docker.io/centos"), "docker.io/library/centos:latest");
    EXPECT_EQ(resolved(conf, "localhost/centos"), "localhost/centos:latest");
}

TEST(RegistriesConf, SeveralRegistriesToSearchInAreNotGuessedAt) {
    const RegistriesConf conf = conf_of(R"(unqualified-search-registries = ["a.io", "docker.io"])");
    try {
        conf.resolve("app:1");
        FAIL();
    } catch (const UsageError& error) {
        EXPECT_STREQ(
            error.what(),
            "'app:1' may mean several images, as 'test.conf' names 2 registries to search in");
        EXPECT_EQ(error.hint(), "write the whole name: a.io/app, docker.io/app");
    }
    EXPECT_EQ(resolved(conf, "b.io/app"), "b.io/app:latest");
    EXPECT_EQ(resolved(conf_of(R"(unqualified-search-registries = ["docker.io"])"), "app"),
              "docker.io/library/app:latest");
}

TEST(RegistriesConf, LaterFilesGoBeforeEarlierOnes) {
    RegistriesConf conf = conf_of(R"(
        unqualified-search-registries = ["a.io"]
        [[registry]]
        location = "r.io"
        insecure = true
        [aliases]
        "x" = "a.io/x"
        "y" = "a.io/y")");
    conf.add(R"(
        unqualified-search-registries = []
        [[registry]]
        location = "r.io"
        [aliases]
        "x" = ""
        "y" = "b.io/y")",
             "later.conf");
    EXPECT_THAT(places(conf, "r.io/x"), ElementsAre("r.io/x:latest"));
    EXPECT_EQ(resolved(conf, "x"), "docker.io/library/x:latest");
    EXPECT_EQ(resolved(conf, "y"), "b.io/y:latest");
}

TEST(RegistriesConf, WhatIsWrongIsNamedWithItsFile) {
    EXPECT_THAT(error_in("[[registry]\n"), HasSubstr("'test.conf': line 1: "));
    EXPECT_THAT(error_in("[[[registry]]]\n"), HasSubstr("'test.conf' is no TOML"));
    EXPECT_THAT(error_in("clé = 1\n"), HasSubstr("'test.conf': line 1: "));
    const std::string table = "[[registry]]\n";
    const std::string mirror = table + "location = \"r.io\"\n[[registry.mirror]]\n";
    EXPECT_THAT(error_in(table), HasSubstr("neither a prefix nor a location"));
    EXPECT_THAT(error_in(table + "location = 7"), HasSubstr("'location' is not text"));
    EXPECT_THAT(error_in(table + "location = \"a\"\ninsecure = \"yes\""),
                HasSubstr("'insecure' is not true or false"));
    EXPECT_THAT(error_in("registry = 7"), HasSubstr("'registry' is no list of tables"));
    EXPECT_THAT(error_in("registry = [7]"), HasSubstr("'registry' is no list of tables"));
    EXPECT_THAT(error_in(mirror), HasSubstr("a mirror has no location"));
    EXPECT_THAT(error_in(mirror + "location = \"a.io\"\npull-from-mirror = \"never\""),
                HasSubstr("neither all, digest-only nor tag-only: 'never'"));
    EXPECT_THAT(
        error_in(table + "location = \"r.io\"\nmirror-by-digest-only = true\n"
                         "[[registry.mirror]]\nlocation = \"a.io\"\npull-from-mirror = \"all\""),
        HasSubstr("stand in one registry"));
    for (const char* star : {"a.*.io", "*.io/x", "*", "*.*.io", "*.io:5000"})
        EXPECT_THAT(error_in(table + "prefix = \"" + star + "\""), HasSubstr("a '*' stands for"))
            << star;
    EXPECT_THAT(error_in(table + "location = \"https://r.io\""), HasSubstr("without 'https://'"));
    EXPECT_THAT(error_in("unqualified-search-registries = 7"), HasSubstr("is no list"));
    EXPECT_THAT(error_in("unqualified-search-registries = [\"word\"]"),
                HasSubstr("'word' in 'unqualified-search-registries' is no host name"));
    EXPECT_THAT(error_in("[aliases]\n\"x\" = \"y\""),
                HasSubstr("the alias 'x' names no registry: 'y'"));
    EXPECT_THAT(error_in("[registries.search]\nregistries = []"), HasSubstr("version 1"));
}

TEST(RegistriesConf, APlaceThatIsNoneIsAnErrorOnlyWhereItIsNeeded) {
    const RegistriesConf conf = conf_of("[[registry]]\nprefix = \"r.io\"\nlocation = \"word/x\"");
    EXPECT_THAT([&] { conf.sources(Reference::parse("r.io/app")); },
                testing::ThrowsMessage<Error>(HasSubstr("the location 'word/x' is no place for "
                                                        "'r.io/app:latest'")));
    EXPECT_THAT(places(conf, "other.io/app"), ElementsAre("other.io/app:latest"));
}

TEST(RegistriesConf, TheFilesOfAHost) {
    const TempDir home;
    const ScopedVariable chosen("CONTAINERS_REGISTRIES_CONF", "");
    const ScopedVariable config("XDG_CONFIG_HOME", home.path().string());
    const auto directory = home.path() / "containers/registries.conf.d";
    make_directories(directory);
    write_file_atomic(home.path() / "containers/registries.conf",
                      "[aliases]\n\"x\" = \"a.io/x\"\n\"y\" = \"a.io/y\"");
    write_file_atomic(directory / "2.conf", "[aliases]\n\"y\" = \"two.io/y\"");
    write_file_atomic(directory / "1.conf", "[aliases]\n\"y\" = \"one.io/y\"");
    write_file_atomic(directory / "3.other", "[aliases]\n\"y\" = \"three.io/y\"");
    EXPECT_EQ(resolved(RegistriesConf::load(), "x"), "a.io/x:latest");
    EXPECT_EQ(resolved(RegistriesConf::load(), "y"), "two.io/y:latest");

    write_file_atomic(home.path() / "alone.conf", "[aliases]\n\"y\" = \"alone.io/y\"");
    const ScopedVariable alone("CONTAINERS_REGISTRIES_CONF", home.path() / "alone.conf");
    EXPECT_EQ(resolved(RegistriesConf::load(), "x"), "docker.io/library/x:latest");
    EXPECT_EQ(resolved(RegistriesConf::load(), "y"), "alone.io/y:latest");
    const ScopedVariable missing("CONTAINERS_REGISTRIES_CONF", home.path() / "missing.conf");
    EXPECT_THROW(RegistriesConf::load(), Error);
    const ScopedVariable nothing("CONTAINERS_REGISTRIES_CONF", "/dev/null");
    EXPECT_EQ(resolved(RegistriesConf::load(), "y"), "docker.io/library/y:latest");
}

}  // namespace
}  // namespace mincs::registry
