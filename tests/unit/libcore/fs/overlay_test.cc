// Overlays are mounted detached, so these tests leave no mount anywhere; they need root.
#include "libcore/fs/overlay.hh"
#include "libcore/fs/merged.hh"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace mincs;
namespace stdfs = std::filesystem;

namespace {

class Overlay : public testing::Test {
 protected:
    void SetUp() override {
        if (geteuid() != 0) GTEST_SKIP() << "mounting an overlay needs root";
    }
    std::string layer(const std::string& name) {
        stdfs::create_directories(base_.path() / name);
        return base_.path() / name;
    }
    void put(const std::string& directory, const std::string& name, const std::string& text) {
        std::ofstream(stdfs::path(directory) / name) << text;
    }
    TempDir base_;
};

}  // namespace

TEST_F(Overlay, TheFirstLayerIsOnTop) {
    const std::string low = layer("low"), high = layer("high");
    put(low, "both", "low");
    put(low, "only-low", "here");
    put(high, "both", "high");
    const fs::RootDir merged = fs::open_merged({high, low}, "a stack");
    EXPECT_EQ(merged.read_file_if_exists("both"), "high");
    EXPECT_EQ(merged.read_file_if_exists("only-low"), "here");
}

TEST_F(Overlay, OneDirectoryAloneIsReadOnly) {
    const std::string only = layer("only");
    put(only, "file", "text");
    const fs::RootDir merged = fs::open_merged({only}, "one");
    EXPECT_EQ(merged.read_file_if_exists("file"), "text");
    EXPECT_THROW(merged.open_at("new", O_CREAT | O_WRONLY, 0600), SysError);
}

TEST_F(Overlay, ChangesGoToTheUpperDirectory) {
    const std::string low = layer("low"), upper = layer("upper"), work = layer("work");
    put(low, "file", "old");
    {
        const fs::RootDir merged(fs::mount_overlay({{low}, upper, work, true}), "a container");
        const Fd file = merged.open_at("file", O_WRONLY | O_TRUNC);
        write_all(file.get(), "new", "file");
    }
    EXPECT_EQ(read_file(stdfs::path(upper) / "file"), "new");
    EXPECT_EQ(read_file(stdfs::path(low) / "file"), "old");
}

TEST_F(Overlay, ManyLayersWithHostileNamesStack) {
    std::vector<std::string> stack;
    for (int i = 0; i < 150; ++i) {
        stack.push_back(layer(fmt::format("la:yer,with=\\all {}", i)));
        put(stack.back(), std::to_string(i), "x");
    }
    const fs::RootDir merged = fs::open_merged(stack, "150 layers");
    EXPECT_EQ(merged.read_file_if_exists("0"), "x");
    EXPECT_EQ(merged.read_file_if_exists("149"), "x");
}

TEST_F(Overlay, NoLayersOrAMissingOneIsAnError) {
    EXPECT_THROW(fs::mount_overlay({}), Error);
    EXPECT_THROW(fs::mount_overlay({{"/no/such/layer", "/"}, "", "", false}), SysError);
}

TEST_F(Overlay, TheWorkingDirectoryIsAsBefore) {
    const stdfs::path before = stdfs::current_path();
    fs::open_merged({layer("a"), layer("b")}, "two");
    EXPECT_EQ(stdfs::current_path(), before);
}
