#include "tools/polecat/pack.hh"

#include <gmock/gmock.h>
#include <sys/xattr.h>

#include <filesystem>
#include <map>
#include <random>

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

    void expect_unpacks_to_the_same(const std::string& image) {
        const std::string copy = out_.path() / "unpacked";
        std::filesystem::remove_all(copy);
        unsquash({"-q", "-n", "-d", copy, image});
        const CommandResult diff =
            run_command({"diff", "-r", "--no-dereference", tree_.host_path(""), copy}, "", 60s);
        EXPECT_EQ(diff.status, 0) << diff.output << diff.errors;
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

TEST_F(PackTest, PutsWhatIsFirstTogetherAndPlainIfAsked) {
    for (const char* name : {"a", "b", "c"})
        tree_.file(name, random_text(200'000, static_cast<unsigned>(name[0])));
    const std::vector<std::string> first = {"/c", "/missing", "/a"};
    const std::string compressed =
        read_file(pack_tree({.zstd_level = 3, .first = first}, "compressed"), 64u << 20);
    const std::string path =
        pack_tree({.zstd_level = 3, .first = first, .plain = Plain::kAll}, "plain");
    const std::string plain = read_file(path, 64u << 20);
    const std::size_t at = plain.find(random_text(200'000, 'c'));
    EXPECT_EQ(plain.find(random_text(200'000, 'a')), at + 200'000) << "side by side, in this order";
    EXPECT_EQ(plain.find(random_text(1000, 'b')), std::string::npos);
    EXPECT_GT(plain.size(), compressed.size() + 100'000);
    expect_unpacks_to_the_same(path);
}

TEST_F(PackTest, PutsWhatARunOpenedIntoFragmentsOfItsOwn) {
    std::map<std::string, std::string> contents;
    std::mt19937 random(1);
    for (const std::string name : {"a", "b", "c"}) {
        for (int i = 0; i < 100; ++i) contents[name] += static_cast<char>(random());
        tree_.file(name, contents[name]);
    }
    const std::string path = pack_tree({.zstd_level = 3, .opened = {"/a", "/c", "/gone"}});
    const std::string image = read_file(path, 1u << 20);
    ASSERT_NE(image.find(contents["a"]), std::string::npos) << "noise does not get smaller";
    EXPECT_EQ(image.find(contents["c"]), image.find(contents["a"]) + 100);
    EXPECT_LT(image.find(contents["b"]), image.find(contents["a"])) << "behind all others";
    expect_unpacks_to_the_same(path);
}

TEST_F(PackTest, StoresWithinABudgetWhatFits) {
    tree_.file("cold", random_text(300'000, 1));
    tree_.file("hot", random_text(8 * 131'072 + 1000, 2));
    tree_.file("holes", std::string(300'000, '\0') + "end");
    PackOptions options = {.zstd_level = 3, .first = {"/hot", "/holes"}};
    options.plain = Plain::kWithinBudget;
    options.budget.beside = 3'000'000;
    const std::uint64_t grown = std::filesystem::file_size(pack_tree(options, "by-half"));
    const std::uint64_t smallest = result_.all_compressed;
    options.budget.beside = 3'000'000 - smallest - 4096;
    const std::string path = pack_tree(options, "full");
    EXPECT_EQ(result_.all_compressed, smallest);
    EXPECT_LT(result_.size, smallest);
    EXPECT_GT(result_.size, smallest - 16'384) << "what the tables take at most is no wild guess";
    EXPECT_EQ(grown, std::filesystem::file_size(pack_tree(
                         {.zstd_level = 3, .first = options.first, .plain = Plain::kAll}, "all")));
    EXPECT_GT(grown, smallest + 500'000);
    expect_unpacks_to_the_same(path);

    // Room for three blocks of the eight, each of which grows by half.
    options.budget.beside = 3'000'000 - smallest - 3 * 66'000 - 4096;
    const std::uint64_t between = std::filesystem::file_size(pack_tree(options, "between"));
    EXPECT_GT(between, smallest + 2 * 60'000);
    EXPECT_LE(between + options.budget.beside, 3'000'000u);
    expect_unpacks_to_the_same(out_.path() / "between");
    options.threads = 4;
    EXPECT_TRUE(read_file(pack_tree(options, "threads"), 64u << 20) ==
                read_file(out_.path() / "between", 64u << 20));
}

TEST_F(PackTest, ACopyOfWhatIsFirstTakesNoRoom) {
    tree_.file("hot", random_text(300'000, 1));
    PackOptions options = {.zstd_level = 3, .first = {"/hot"}};
    for (const Plain plain : {Plain::kNone, Plain::kWithinBudget, Plain::kAll}) {
        options.plain = plain;
        options.budget.beside = plain == Plain::kWithinBudget ? 2'700'000 : 0;
        std::filesystem::remove(tree_.host_path("copy"));
        const std::uint64_t alone = std::filesystem::file_size(pack_tree(options, "alone"));
        tree_.file("copy", random_text(300'000, 1));
        EXPECT_EQ(std::filesystem::file_size(pack_tree(options, "twice")), alone);
        expect_unpacks_to_the_same(out_.path() / "twice");
    }
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
