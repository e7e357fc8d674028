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
    EXPECT_GT(json["linux"]["seccomp"]["syscalls"][0]["names"].size(), 300u);
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

TEST(SpecJson, AnEmulatorsUserNamespaceHasAllIds) {
    ContainerSpec spec = example();
    spec.linux.namespaces |= CLONE_NEWUSER;
    spec.linux.emulator = Emulator{"arm64", "/usr/bin/qemu-aarch64-static"};
    const std::string text = to_oci_json(spec, SeccompDetail::kNone);
    const Json json = Json::parse(text);
    for (const char* map : {"uidMappings", "gidMappings"})
        EXPECT_EQ(json["linux"][map],
                  Json::parse(R"([{"containerID": 0, "hostID": 0, "size": 4294967295}])"));
    EXPECT_FALSE(Json::parse(to_oci_json(example()))["linux"].contains("uidMappings"));
    const ContainerSpec back = from_oci_json(text, "it", false);
    ASSERT_TRUE(back.linux.emulator);
    EXPECT_EQ(back.linux.emulator->architecture, "arm64");
    EXPECT_EQ(back.linux.emulator->interpreter, "/usr/bin/qemu-aarch64-static");
    EXPECT_NE(back.linux.namespaces & CLONE_NEWUSER, 0u);
}

TEST(SpecJson, UnconfinedHasNoSeccomp) {
    ContainerSpec spec = example();
    spec.linux.seccomp = false;
    EXPECT_FALSE(Json::parse(to_oci_json(spec))["linux"].contains("seccomp"));
}

TEST(SpecJson, ComesBackAsItWas) {
    ContainerSpec spec = example();
    spec.process.args = {"sh", "-c", "echo \n\t\"\u00e4"};
    spec.process.user = {7, 8, {9, 10}};
    spec.process.cwd = "/tmp";
    spec.process.terminal = true;
    spec.process.no_new_privileges = false;
    spec.root.readonly = true;
    spec.overlay->host_submounts = true;
    spec.overlay->mount_places = "/store/places";
    spec.overlay->is_volatile = true;
    spec.fresh_dev = false;
    spec.log_size = 77777;
    spec.linux.host_sockets = false;
    spec.linux.loopback = true;
    spec.mounts.push_back({"/src", "bind", "/home/src", {"rbind", "nodev", "ro"}});
    spec.linux.namespaces = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP;
    spec.linux.readonly_paths = {"/proc/sys"};
    spec.linux.resources = {1, 2, 3, 4, 5, 6, "0-1", 7, 8};
    const ContainerSpec back = from_oci_json(to_oci_json(spec), "it");
    // Every field stands in the document, so the same document is the same spec.
    EXPECT_EQ(to_oci_json(back), to_oci_json(spec));
    EXPECT_EQ(back.process.args, spec.process.args);
    EXPECT_EQ(back.process.user.additional_gids, spec.process.user.additional_gids);
    EXPECT_EQ(back.process.capabilities, spec.process.capabilities);
    EXPECT_EQ(back.overlay->lower, spec.overlay->lower);
    EXPECT_TRUE(back.overlay->host_submounts);
    EXPECT_EQ(back.overlay->mount_places, "/store/places");
    EXPECT_TRUE(back.overlay->is_volatile);
    EXPECT_EQ(back.mounts.back().options, spec.mounts.back().options);
    EXPECT_EQ(back.linux.namespaces, spec.linux.namespaces);
    EXPECT_EQ(back.linux.resources.cpu_period, 5);
    EXPECT_EQ(back.linux.resources.cpus, "0-1");
    EXPECT_EQ(back.linux.resources.io_weight, 8);
    EXPECT_EQ(back.log_size, 77777);
    EXPECT_FALSE(back.fresh_dev);
    spec.process.ambient_capabilities = {0, 1};
    for (const Devices devices : {Devices::kAny, Devices::kStandardInGroup, Devices::kStandard}) {
        spec.linux.resources.devices = devices;
        EXPECT_EQ(from_oci_json(to_oci_json(spec), "it").linux.resources.devices, devices);
    }
    spec.linux.sysctl = {{"kernel.msgmax", "1"}, {"kernel.sem", "1 2\t3"}};
    spec.linux.seccomp_profile =
        SeccompProfile{SeccompAction::kErrno,
                       7,
                       {"SCMP_ARCH_X86"},
                       {{{"dup"}, SeccompAction::kTrap},
                        {{"read", "write"},
                         SeccompAction::kErrno,
                         9,
                         {{2, 0xffffffffffffffff, 4, SeccompOperator::kMaskedEqual}}}}};
    const ContainerSpec own = from_oci_json(to_oci_json(spec, SeccompDetail::kNone), "it");
    EXPECT_EQ(to_oci_json(own), to_oci_json(spec));
    EXPECT_EQ(own.linux.sysctl.at(1).value, "1 2\t3");
    EXPECT_EQ(own.process.ambient_capabilities, spec.process.ambient_capabilities);
    EXPECT_EQ(own.linux.seccomp_profile->rules[1].args[0].value, 0xffffffffffffffff);
    EXPECT_FALSE(back.linux.host_sockets);
    EXPECT_TRUE(back.linux.loopback);
    spec.linux.seccomp = false;
    spec.overlay.reset();
    const ContainerSpec plain = from_oci_json(to_oci_json(spec), "it");
    EXPECT_FALSE(plain.linux.seccomp);
    EXPECT_FALSE(plain.overlay);
}

TEST(SpecJson, BytesThatAreNoUtf8ComeBack) {
    ContainerSpec spec = example();  // has a byte that is no UTF-8
    spec.process.env = {"NAME=\xfe\xff"};
    spec.process.cwd = "/\xe4";
    const ContainerSpec back = from_oci_json(to_oci_json(spec), "it");
    EXPECT_EQ(back.process.args, spec.process.args);
    EXPECT_EQ(back.process.env, spec.process.env);
    EXPECT_EQ(back.process.cwd, spec.process.cwd);
}

TEST(SpecJson, WhatCannotComeBackIsRefused) {
    // As it was written before there was a note for such bytes.
    Json bytes = Json::parse(to_oci_json(example()));
    bytes["annotations"].erase("org.mincs.exact");
    EXPECT_THROW(from_oci_json(bytes.dump(), "it"), mincs::Error);
    EXPECT_NO_THROW(from_oci_json(bytes.dump(), "it", false));
    bytes["annotations"]["org.mincs.exact"] = "{\"args\": []}";
    EXPECT_THROW(from_oci_json(bytes.dump(), "it"), mincs::Error);
    for (const char* text : {"", "[]", "{}", "{\"process\": 1}"})
        EXPECT_THROW(from_oci_json(text, "it"), mincs::Error) << text;
}
