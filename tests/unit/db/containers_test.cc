#include "db/containers.hh"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <set>

#include "db/sweep.hh"
#include "db/usage.hh"
#include "libcore/base/process.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class ContainersTest : public StoreTest {
 protected:
    Store store_ = open();
};

TEST_F(ContainersTest, NewContainerHasItsDirectoriesRowAndLock) {
    const std::string image = record(store_, "docker.io/library/debian:latest", "12");
    const Container wanted = container("web", image);
    const FileLock lock = create_container(store_, wanted);
    const ContainerDirectory directory(layout().container(wanted.id));
    for (const auto& path : {directory.storage(), directory.work()})
        EXPECT_TRUE(std::filesystem::is_directory(path)) << path;
    record_start(directory, 4711);
    const Container made = get_container(store_, "web");
    EXPECT_EQ(made.id, wanted.id);
    EXPECT_EQ(made.image_id, image);
    EXPECT_EQ(made.layers, (std::vector<std::string>{hex('1'), hex('2')}));
    EXPECT_TRUE(made.running);
    EXPECT_EQ(made.pid, 4711);
}

TEST_F(ContainersTest, LockTellsWhetherItRuns) {
    std::optional<FileLock> lock = create_container(store_, container("web"));
    record_start(ContainerDirectory(layout().container(get_container(store_, "web").id)), 4711);
    EXPECT_THROW(lock_container(store_, get_container(store_, "web")), Error);
    lock.reset();
    const Container stopped = get_container(store_, "web");
    EXPECT_FALSE(stopped.running);
    EXPECT_EQ(stopped.pid, 0);
    lock = lock_container(store_, stopped);
    EXPECT_TRUE(get_container(store_, "web").running);
}

TEST_F(ContainersTest, NamesAreUniqueAndChecked) {
    const FileLock lock = create_container(store_, container("web"));
    const std::size_t before = count(layout().containers());
    EXPECT_NE(error_of([&] { create_container(store_, container("web")); }).find("already"),
              std::string::npos);
    for (const std::string name : {"-x", ".x", "a/b", "../x", "a b", "a\n", "\xc3\xa4"})
        EXPECT_THROW(create_container(store_, container(name)), UsageError) << name;
    EXPECT_THROW(create_container(store_, container(std::string(65, 'x'))), UsageError);
    EXPECT_THROW(create_container(store_, container(std::string("a\0b", 3))), UsageError);
    EXPECT_EQ(count(layout().containers()), before);
    for (const std::string name : {"0", "a", "A-b_c.d"}) create_container(store_, container(name));
}

TEST_F(ContainersTest, Renamed) {
    create_container(store_, container("web"));
    create_container(store_, container(""));
    create_container(store_, container("other"));
    const Container web = get_container(store_, "web");
    rename_container(store_, web, "site");
    EXPECT_FALSE(find_container(store_, "web"));
    EXPECT_EQ(get_container(store_, "site").id, web.id);
    rename_container(store_, get_container(store_, "site"), "site");
    EXPECT_NE(error_of([&] { rename_container(store_, web, "other"); }).find("already"),
              std::string::npos);
    EXPECT_THROW(rename_container(store_, web, "a/b"), UsageError);
    EXPECT_THROW(rename_container(store_, web, ""), UsageError);
    EXPECT_EQ(get_container(store_, "site").id, web.id);
    remove_container(store_, web);
    EXPECT_NE(error_of([&] { rename_container(store_, web, "x"); }).find("removed"),
              std::string::npos);
}

TEST_F(ContainersTest, ItsRootLooksLikeTheImages) {
    const std::string image = record(store_, "docker.io/library/debian:latest", "1");
    check(chmod(layout().layer(hex('1')).c_str(), 0555), "chmod");
    Container made = container("web", image);
    made.layers = {hex('1')};
    create_container(store_, made);
    struct stat status;
    ASSERT_EQ(stat(ContainerDirectory(layout().container(made.id)).storage().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777u, 0555u);
}

TEST_F(ContainersTest, NamelessOnesAreMany) {
    create_container(store_, container(""));
    create_container(store_, container(""));
    EXPECT_EQ(list_containers(store_).size(), 2u);
    EXPECT_FALSE(find_container(store_, ""));
}

TEST_F(ContainersTest, FoundByNameOrPrefix) {
    Container first = container("web");
    first.id = "aaaa1" + std::string(59, '0');
    Container second = container("");
    second.id = "aaaa2" + std::string(59, '0');
    Container third = container("aaaa2");
    third.id = "bbbb" + std::string(60, '0');
    for (const Container& made : {first, second, third}) create_container(store_, made);
    EXPECT_EQ(get_container(store_, "aaaa1").id, first.id);
    EXPECT_EQ(get_container(store_, "aaaa2").id, third.id);  // a name wins
    EXPECT_EQ(get_container(store_, "aaaa20").id, second.id);
    EXPECT_EQ(get_container(store_, third.id).id, third.id);
    EXPECT_NE(error_of([&] { get_container(store_, "aaaa"); }).find("several"), std::string::npos);
    EXPECT_FALSE(find_container(store_, "aaa"));
    EXPECT_FALSE(find_container(store_, "web0"));
    EXPECT_NE(error_of([&] { get_container(store_, "none"); }).find("there is no container 'none'"),
              std::string::npos);
}

TEST_F(ContainersTest, RemovalTakesRowAndDirectoryButNotARunningOne) {
    std::optional<FileLock> lock = create_container(store_, container("web"));
    const Container web = get_container(store_, "web");
    EXPECT_THROW(remove_container(store_, web), Error);
    EXPECT_TRUE(find_container(store_, "web"));
    remove_container(store_, web, true);
    EXPECT_FALSE(find_container(store_, "web"));
    EXPECT_FALSE(std::filesystem::exists(layout().container(web.id)));
    EXPECT_EQ(count(layout().staging()), 0u);
}

TEST_F(ContainersTest, ContainerOfAVanishedImageIsRefusedAndLeavesNothing) {
    EXPECT_NE(
        error_of([&] { create_container(store_, container("web", hex('1'))); }).find("removed"),
        std::string::npos);
    EXPECT_EQ(count(layout().containers()), 0u);
}

TEST_F(ContainersTest, OneOfSeveralImagesHoldsThemAll) {
    const std::string top = record(store_, "docker.io/library/a:latest", "12");
    const std::string base = record(store_, "docker.io/library/b:latest", "13");
    Container wanted = container("web");
    wanted.root = "a:/srv:b";
    wanted.parts = {{top, ""}, {"", "/srv"}, {base, ""}};
    wanted.below = directories_of(store_, wanted.parts);
    // The layer that both have lies below both.
    EXPECT_EQ(wanted.below,
              (std::vector<std::string>{layout().layer(hex('2')), "/srv", layout().layer(hex('3')),
                                        layout().layer(hex('1'))}));
    create_container(store_, wanted);
    const Container made = get_container(store_, "web");
    EXPECT_EQ(made.below, wanted.below);
    ASSERT_EQ(made.parts.size(), 3u);
    EXPECT_EQ(made.parts[1].directory, "/srv");
    EXPECT_EQ(made.parts[2].image_id, base);

    for (const std::string& id : {top, base}) {
        store_.database().run("DELETE FROM names WHERE image_id = ?", id);
        EXPECT_EQ(error_of([&] { remove(store_, *find_image(store_, id)); }),
                  "image '" + short_id(id) + "' is in use by the container 'web'");
    }
    EXPECT_TRUE(unused_images(store_).empty());
    remove_container(store_, made);
    EXPECT_EQ(unused_images(store_).size(), 2u);
    remove(store_, *find_image(store_, base));

    wanted.id = new_container_id();
    EXPECT_THROW(create_container(store_, wanted), Error);
    EXPECT_EQ(count(layout().containers()), 0u);
}

TEST_F(ContainersTest, BriefOneKeepsItsImageWithoutARow) {
    const std::string image = record(store_, "docker.io/library/debian:latest", "12");
    const Container wanted = container("", image);
    std::optional<BriefContainer> brief = create_brief_container(store_, wanted);
    EXPECT_TRUE(list_containers(store_).empty());
    EXPECT_TRUE(std::filesystem::is_directory(brief->directory.storage()));
    sweep(store_);
    EXPECT_TRUE(std::filesystem::is_directory(brief->directory.storage())) << "it is locked";
    EXPECT_FALSE(ImageLock::take(store_, {image})) << "nobody may change it";
    EXPECT_NE(create_brief_container(store_, container("", image)).directory.base,
              brief->directory.base);

    replace_file(brief->directory.storage() / "file", "", 0600);
    record_brief_container(store_, wanted, brief->directory);
    brief->image.reset();
    EXPECT_TRUE(ImageLock::take(store_, {image}));
    EXPECT_EQ(get_container(store_, wanted.id).image_id, image);
    EXPECT_EQ(brief->directory.base, layout().container(wanted.id));
    EXPECT_TRUE(std::filesystem::exists(brief->directory.storage() / "file"));
    remove_container(store_, wanted, true);
    EXPECT_FALSE(std::filesystem::exists(layout().container(wanted.id)));
}

TEST_F(ContainersTest, BriefOnesDirectoryIsTakenAgainEmpty) {
    std::filesystem::path first;
    struct stat before;
    {
        const BriefContainer brief = create_brief_container(store_, container(""));
        first = brief.directory.base;
        stat(brief.directory.storage().c_str(), &before);
        make_directories(brief.directory.storage() / "etc/deep", 0755);
        chmod(brief.directory.storage().c_str(), 0777);
        make_directories(brief.directory.work() / "work/incompat/volatile", 0);
        replace_file(brief.directory.work() / "work/incompat/volatile/dirty", "", 0600);
        make_directories(brief.directory.work() / "part1/work/incompat/volatile");
        make_directories(brief.directory.root());
        remove_brief_container(store_, brief.directory);
        EXPECT_FALSE(std::filesystem::exists(brief.directory.storage()));
    }
    const BriefContainer again = create_brief_container(store_, container(""));
    EXPECT_EQ(again.directory.base, first);
    EXPECT_TRUE(std::filesystem::is_empty(again.directory.storage()));
    EXPECT_TRUE(std::filesystem::is_empty(again.directory.work()));
    EXPECT_FALSE(std::filesystem::exists(again.directory.root()));
    EXPECT_EQ(std::filesystem::status(again.directory.storage()).permissions(),
              std::filesystem::perms(0755));
}

TEST_F(ContainersTest, BriefOneThatLeavesMoreHasADirectoryOfItsName) {
    const Container wanted = container("");
    BriefContainer brief = create_brief_container(store_, wanted, "", BriefDirectory::kOwn);
    EXPECT_EQ(brief.directory.base, layout().container(wanted.id));
    record_brief_container(store_, wanted, brief.directory);
    EXPECT_EQ(brief.directory.base, layout().container(wanted.id));
    remove_container(store_, wanted, true);
    EXPECT_EQ(count(layout().containers()), 0u);
}

TEST_F(ContainersTest, BriefOneWhoseMincWasKilledIsSwept) {
    std::filesystem::path killed;
    {
        const BriefContainer brief = create_brief_container(store_, container(""));
        killed = brief.directory.base;
        replace_file(brief.directory.storage() / "secret", "", 0600);
    }
    EXPECT_NE(create_brief_container(store_, container("")).directory.base, killed);
    sweep(store_);
    EXPECT_FALSE(std::filesystem::exists(killed));
    const BriefContainer again = create_brief_container(store_, container(""));
    EXPECT_TRUE(std::filesystem::is_empty(again.directory.storage()));
}

/// What one of many processes does: takes a directory, and lets it go or keeps it.
int take_often(Store& store, const std::filesystem::path& witness) {
    for (int i = 0; i < 60; ++i) {
        Container wanted;
        wanted.id = new_container_id();
        wanted.root = "host";
        BriefContainer brief = create_brief_container(store, wanted);
        // Nobody else may be in there.
        const std::filesystem::path mine = brief.directory.storage() / "mine";
        const Fd file(open(mine.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
        if (!file || !std::filesystem::is_directory(brief.directory.work()))
            replace_file(witness, "two in one directory", 0600);
        if (i % 3 == 0) {
            record_brief_container(store, wanted, brief.directory);
            remove_container(store, wanted, true);
        } else {
            remove_brief_container(store, brief.directory);
        }
        if (i % 10 == 0) sweep(store);
    }
    return 0;
}

TEST_F(ContainersTest, NoTwoBriefOnesHaveOneDirectory) {
    const std::filesystem::path witness = layout().base() / "witness";
    std::vector<Child> children;
    for (int i = 0; i < 8; ++i)
        children.push_back(Child::clone(0, [&] {
            Store store = open();
            return take_often(store, witness);
        }));
    for (Child& child : children) EXPECT_EQ(exit_code_of(child.wait()), 0);
    EXPECT_FALSE(std::filesystem::exists(witness));
    EXPECT_EQ(count(layout().containers()), 0u);
    for (const auto& spare : std::filesystem::directory_iterator(layout().spares()))
        EXPECT_FALSE(std::filesystem::exists(spare.path() / "storage"));
}

TEST_F(ContainersTest, ManyBriefOnesAtOnceHaveDirectories) {
    std::vector<BriefContainer> all;
    std::set<std::string> directories;
    for (int i = 0; i < 20; ++i) {
        all.push_back(create_brief_container(store_, container("")));
        directories.insert(all.back().directory.base);
    }
    EXPECT_EQ(directories.size(), all.size());
    for (const BriefContainer& brief : all) remove_brief_container(store_, brief.directory);
    EXPECT_EQ(count(layout().containers()), 0u);
    EXPECT_LE(count(layout().spares()), 8u);
}

TEST_F(ContainersTest, BriefOneOfAVanishedImageIsRefusedAndLeavesNothing) {
    EXPECT_THAT(error_of([&] { create_brief_container(store_, container("", hex('1'))); }),
                testing::HasSubstr("removed"));
    EXPECT_EQ(count(layout().containers()), 0u);
    EXPECT_FALSE(std::filesystem::exists(layout().spares() / "0/storage"));
}

TEST_F(ContainersTest, LockOfARemovedOneIsRefused) {
    { const FileLock lock = create_container(store_, container("web")); }
    const Container web = get_container(store_, "web");
    remove_container(store_, web);
    EXPECT_THROW(lock_container(store_, web), Error);
}

/// What one of many processes does: makes containers and removes every second one, while others
/// sweep.
int work(const Layout& layout, int process) {
    try {
        Store store = Store::open(layout, process < 2 ? Durability::kFull : Durability::kFast);
        for (int i = 0; i < 20; ++i) {
            Container made;
            made.id = new_container_id();
            made.name = fmt::format("c{}-{}", process, i);
            made.root = "host";
            FileLock lock = create_container(store, made);
            if (process < 2) sweep(store);
            if (i % 2 == 0) remove_container(store, made, true);
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "process {}: {}\n", process, error.what());
        return 1;
    }
}

TEST_F(ContainersTest, EightProcessesAtOnceWhileTwoSweep) {
    constexpr int kProcesses = 8;
    std::vector<pid_t> children;
    for (int process = 0; process < kProcesses; ++process) {
        const pid_t child = fork();
        ASSERT_NE(child, -1);
        if (child == 0) _exit(work(layout(), process));
        children.push_back(child);
    }
    for (const pid_t child : children) {
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(list_containers(store_).size(), kProcesses * 10u);
    EXPECT_EQ(count(layout().containers()), kProcesses * 10u);
    EXPECT_EQ(count(layout().staging()), 0u);
}

}  // namespace
}  // namespace mincs::db
