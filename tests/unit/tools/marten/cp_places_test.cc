// What the words of `marten cp` mean, and that no link of a container means a place outside of it.
#include "tools/marten/cp_places.hh"

#include <gtest/gtest.h>
#include <unistd.h>

namespace mincs::marten {
namespace {

TEST(CpSide, AColonMakesAContainerUnlessThePathSaysElse) {
    EXPECT_EQ(parse_cp_side("box:/etc").container, "box");
    EXPECT_EQ(parse_cp_side("box:/etc").path, "/etc");
    EXPECT_EQ(parse_cp_side("box:a:b").path, "a:b");
    for (const char* here : {"/a:b", "./a:b", "../a:b", "a", "-"}) {
        EXPECT_EQ(parse_cp_side(here).container, "") << here;
        EXPECT_EQ(parse_cp_side(here).path, here);
    }
    EXPECT_TRUE(parse_cp_side("-").is_stream());
    EXPECT_FALSE(parse_cp_side("box:-").is_stream());
    for (const char* wrong : {"", ":/a", "box:"})
        EXPECT_THROW(parse_cp_side(wrong), UsageError) << wrong;
}

class CpPlaces : public testing::Test {
 protected:
    CpPlaces() {
        make_directories(temp_.path() / "outside");
        write_file_atomic(temp_.path() / "root/file", "inside");
        write_file_atomic(temp_.path() / "outside/file", "outside");
        link(temp_.path() / "outside", "absolute");
        link("../../outside/file", "relative");
        link("/dir", "todir");
        link("/nothing", "dangling");
    }
    void link(const std::string& target, const std::string& name) const {
        ASSERT_EQ(symlink(target.c_str(), (temp_.path() / "root" / name).c_str()), 0);
    }
    CpSource source(const std::string& path, bool follow = false) const {
        return find_cp_source(root_, path, follow);
    }
    CpDestination destination(const std::string& path, const CpSource& from) const {
        return find_cp_destination(root_, path, from, LinksBelow::kFollowed);
    }

    fs::RootDir open_root() const {
        make_directories(temp_.path() / "root/dir/sub");
        return fs::RootDir::open(temp_.path() / "root");
    }

    TempDir temp_;
    fs::RootDir root_ = open_root();
};

TEST_F(CpPlaces, ASourceIsANameOrTheContentOfADirectory) {
    EXPECT_EQ(source("/dir/sub").name, "sub");
    EXPECT_EQ(source("dir//sub/").called, "sub");
    EXPECT_TRUE(source("dir/sub").is_directory);
    EXPECT_FALSE(source("file").is_directory);
    for (const char* content : {"/", ".", "dir/.", "dir/..", "dir/./"})
        EXPECT_EQ(source(content).name, "") << content;
    EXPECT_THROW(source("file/"), SysError);
    EXPECT_THROW(source("file/."), SysError);
    EXPECT_THROW(source("none"), SysError);
}

TEST_F(CpPlaces, ALinkIsItselfUnlessItIsFollowedAndThenStaysInside) {
    EXPECT_EQ(source("todir").name, "todir");
    EXPECT_FALSE(source("todir").is_directory);
    EXPECT_EQ(source("todir", true).name, "dir");
    EXPECT_EQ(source("todir", true).called, "todir");
    EXPECT_EQ(source("todir/").name, "dir");
    EXPECT_EQ(source("absolute").name, "absolute");
    EXPECT_THROW(source("absolute", true), SysError);
    EXPECT_THROW(source("absolute/file"), SysError);
    EXPECT_THROW(source("relative", true), SysError);
}

TEST_F(CpPlaces, ADestinationIsADirectoryAFileOrANewName) {
    const CpSource file = source("file"), directory = source("dir"), content = source("dir/.");
    EXPECT_EQ(destination("dir", file).called, "file");
    EXPECT_EQ(destination("todir", file).called, "file");
    EXPECT_EQ(destination("new", file).called, "new");
    EXPECT_EQ(destination("dir/file2", file).called, "file2");
    EXPECT_EQ(destination("dangling", file).called, "nothing");
    EXPECT_EQ(destination("new/", directory).called, "new");
    EXPECT_EQ(destination("dir", content).called, "");
    EXPECT_THROW(destination("new/", file), SysError);
    EXPECT_THROW(destination("file/", file), SysError);
    EXPECT_THROW(destination("none/new", file), SysError);
    EXPECT_THROW(destination("file", directory), Error);
    EXPECT_THROW(destination("absolute/new", file), SysError);
    EXPECT_THROW(destination("absolute", file), SysError);
    EXPECT_EQ(destination("made", content).directory, "made");
    EXPECT_TRUE(std::filesystem::is_directory(temp_.path() / "root/made"));
}

}  // namespace
}  // namespace mincs::marten
