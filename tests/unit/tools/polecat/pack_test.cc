#include "tools/polecat/pack.hh"

#include <gmock/gmock.h>
#include <sys/xattr.h>

#include <filesystem>

#include "libcore/base/process.hh"
#include "tests/unit/tools/polecat/tree_of_files.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

using namespace std::chrono_literals;

std::string random_text(std::size_t size, unsigned seed) {
    std::string text(size, ' ');
    for (char& c : text)
        c = static_cast<char>('a' + ((seed = seed * 1664525 + 1013904223) >> 24) % 16);
    return text;
}

class PackTest : public testing::Test {
 protected:
    void add_all(Closure& closure) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(tree_.host_path("")))
            closure.add("/" + entry.path().lexically_relative(tree_.host_path("")).native(), "test",
                        Closure::Links::kKeep);
    }

    /// Packs the whole tree and returns the image's path.
    std::string pack_tree(const PackOptions& options = {}, const std::string& name = "image") {
        Closure closure(tree_.root, {});
        add_all(closure);
        const std::string path = out_.path() / name;
        const Fd fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        result_ = pack(tree_.root, closure.files(), options, fd.get());
        return path;
    }

    std::string unsquash(const std::vector<std::string>& words) {
        std::vector<std::string> argv = {"unsquashfs"};
        argv.insert(argv.end(), words.begin(), words.end());
        const CommandResult result = run_command(argv, "", 60s);
        EXPECT_EQ(result.status, 0) << result.errors;
        return result.output;
    }

    TreeOfFiles tree_;
    TempDir out_;
    PackResult result_;
};

TEST_F(PackTest, UnpacksToTheSameTree) {
    tree_.file("small", "hello");
    tree_.file("empty");
    tree_.file("sub/large", random_text(400'000, 1), 0640);
    tree_.file("sub/holes", std::string(300'000, '\0') + "end");
    tree_.link("sub/link", "../small");
    tree_.directory("void");
    for (int i = 0; i < 600; ++i) tree_.file("many/" + std::to_string(i), std::to_string(i));
    std::filesystem::create_hard_link(tree_.host_path("small"), tree_.host_path("sub/other-name"));
    const std::string image = pack_tree();
    EXPECT_EQ(result_.size % 4096, 0u);
    EXPECT_EQ(result_.size, std::filesystem::file_size(image));
    unsquash({"-q", "-n", "-d", out_.path() / "tree", image});
    const CommandResult diff = run_command(
        {"diff", "-r", "--no-dereference", tree_.host_path(""), out_.path() / "tree"}, "", 60s);
    EXPECT_EQ(diff.status, 0) << diff.output << diff.errors;
    EXPECT_EQ(std::filesystem::hard_link_count(out_.path() / "tree/small"), 2u);
    EXPECT_EQ(std::filesystem::status(out_.path() / "tree/sub/large").permissions(),
              std::filesystem::perms(0640));
}

TEST_F(PackTest, SameFilesGiveTheSameBytes) {
    for (int i = 0; i < 40; ++i)
        tree_.file(
            "d" + std::to_string(i % 7) + "/f" + std::to_string(i),
            random_text(70'000u + 3000u * static_cast<unsigned>(i), static_cast<unsigned>(i)));
    const std::string one = read_file(pack_tree({.zstd_level = 3, .threads = 1}, "one"), 64u << 20);
    const std::string many =
        read_file(pack_tree({.zstd_level = 3, .threads = 4}, "many"), 64u << 20);
    EXPECT_TRUE(one == many);
    EXPECT_GT(one.size(), 100'000u);
}

TEST_F(PackTest, PutsWhatIsFirstInFrontAndPlainIfAsked) {
    tree_.file("a", random_text(200'000, 1));
    tree_.file("z", random_text(200'000, 2));
    const std::vector<std::string> first = {"/z", "/missing"};
    const std::string compressed =
        read_file(pack_tree({.zstd_level = 3, .first = first}, "compressed"), 64u << 20);
    const std::string path =
        pack_tree({.zstd_level = 3, .first = first, .keeps_first_plain = true}, "plain");
    const std::string plain = read_file(path, 64u << 20);
    const std::size_t at = plain.find(random_text(200'000, 2));
    EXPECT_LT(at, 200u) << "behind the super block";
    EXPECT_EQ(plain.find(random_text(1000, 1)), std::string::npos);
    EXPECT_GT(plain.size(), compressed.size() + 50'000);
    unsquash({"-q", "-n", "-d", out_.path() / "tree", path});
    EXPECT_TRUE(read_file(out_.path() / "tree/a") == read_file(tree_.host_path("a")));
    EXPECT_TRUE(read_file(out_.path() / "tree/z") == read_file(tree_.host_path("z")));
}

TEST_F(PackTest, SourceDateEpochIsTheLatestTime) {
    tree_.file("new");
    tree_.file("old");
    struct timespec old_times[2] = {{1000, 0}, {1000, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, tree_.host_path("old").c_str(), old_times, 0), 0);
    const std::string image = pack_tree({.source_date_epoch = 86400});
    const std::string list = unsquash({"-lln", "-UTC", image});
    EXPECT_THAT(list, testing::ContainsRegex("1970-01-02 00:00 squashfs-root/new"));
    EXPECT_THAT(list, testing::ContainsRegex("1970-01-01 00:16 squashfs-root/old"));
    EXPECT_THAT(unsquash({"-s", "-UTC", image}), testing::HasSubstr("Fri Jan  2 00:00:00 1970"));
}

TEST_F(PackTest, KeepsUserAttributesAndOwners) {
    tree_.file("file", "x");
    if (setxattr(tree_.host_path("file").c_str(), "user.note", "value", 5, 0) == -1)
        GTEST_SKIP() << "no user attributes on this file system";
    const bool root = geteuid() == 0;
    if (root && chown(tree_.host_path("file").c_str(), 1234, 70000) == -1) FAIL() << "chown";
    const std::string image = pack_tree();
    if (root) {
        EXPECT_THAT(unsquash({"-lln", image}), testing::HasSubstr("1234/70000"));
    }
    unsquash({"-q", "-n", "-d", out_.path() / "tree", image});
    char value[8] = {};
    EXPECT_EQ(getxattr((out_.path() / "tree/file").c_str(), "user.note", value, sizeof value), 5);
}

TEST_F(PackTest, RefusesAFileThatChangedItsSize) {
    tree_.file("growing", "1234");
    Closure closure(tree_.root, {});
    closure.add("/growing", "test");
    tree_.file("growing", "12345678");
    const Fd fd(open((out_.path() / "x").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    EXPECT_THROW(pack(tree_.root, closure.files(), {}, fd.get()), Error);
}

}  // namespace
}  // namespace mincs::polecat
