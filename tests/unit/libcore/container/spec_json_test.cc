#include <gtest/gtest.h>
#include <sched.h>

#include "libcore/base/json.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/spec.hh"
#include "libcore/container/world.hh"

using namespace mincs::container;
using mincs::Json;

namespace {

ContainerSpec example() {
    ContainerSpec spec;
    spec.id = "abc";
    spec.hostname = "box";
    spec.root.path = "/containers/abc/root";
    spec.overlay = OverlayRoot{{"/layers/b", "/layers/a"}, "/up", "/work"};
    spec.process.args = {"sh", "-c", "echo \xff"};
    spec.process.env = {"PATH=/bin"};
    spec.process.capabilities = default_capabilities();
    spec.mounts = standard_mounts();
    spec.linux.namespaces = CLONE_NEWUTS | CLONE_NEWIPC;
    spec.linux.resources.memory_limit = 4096;
    spec.linux.masked_paths = standard_masked_paths();
    return spec;
}

}  // namespace

TEST(SpecJson, CarriesTheWordsOfTheRuntimeSpec) {
    const Json json = Json::parse(to_oci_json(example()));
    EXPECT_EQ(json["ociVersion"], "1.0.2");
    EXPECT_EQ(json["hostname"], "box");
    EXPECT_EQ(json["process"]["args"][0], "sh");
    EXPECT_EQ(json["process"]["noNewPrivileges"], true);
    EXPECT_EQ(json["process"]["capabilities"]["bounding"].size(), 11u);
    EXPECT_EQ(json["process"]["capabilities"]["inheritable"].size(), 0u);
    EXPECT_EQ(json["linux"]["resources"]["memory"]["limit"], 4096);
    EXPECT_EQ(json["linux"]["seccomp"]["defaultAction"], "SCMP_ACT_ERRNO");
    EXPECT_EQ(json["annotations"]["org.mincs.overlay.lower"], R"(["/layers/b","/layers/a"])");
}

TEST(SpecJson, NamespacesArePidAndMountAndWhatWasAsked) {
    const Json json = Json::parse(to_oci_json(example()));
    std::vector<std::string> types;
    for (const Json& entry : json["linux"]["namespaces"]) types.push_back(entry["type"]);
    EXPECT_EQ(types, (std::vector<std::string>{"pid", "mount", "ipc", "uts"}));
}

TEST(SpecJson, AnOrdinaryUserHoldsNoCapabilities) {
    ContainerSpec spec = example();
    spec.process.user.uid = 1000;
    const Json json = Json::parse(to_oci_json(spec));
    EXPECT_EQ(json["process"]["capabilities"]["effective"].size(), 0u);
    EXPECT_EQ(json["process"]["capabilities"]["bounding"].size(), 11u);
}

TEST(SpecJson, UnconfinedHasNoSeccomp) {
    ContainerSpec spec = example();
    spec.linux.seccomp = false;
    EXPECT_FALSE(Json::parse(to_oci_json(spec))["linux"].contains("seccomp"));
}
