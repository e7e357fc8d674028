#include "db/lookups.hh"

#include <unistd.h>

#include "db/images.hh"
#include "tests/unit/db/store_fixture.hh"

namespace mincs::db {
namespace {

class LookupsTest : public StoreTest {
 protected:
    /// Long enough for the database's files to count as settled.
    static void settle() { usleep(150'000); }
    /// What a new process is told.
    std::optional<ImageToRun> ask(const std::string& typed) const {
        Store store = Store::open_lazily(layout(), Durability::kFast);
        return find_image_to_run(store, typed);
    }
    bool is_remembered(const std::string& typed) const {
        const auto answer = ask(typed);
        return answer && !answer->stamp.empty();
    }
    std::string file() const {
        return std::filesystem::directory_iterator(layout().lookups())->path();
    }
    std::optional<Store> store_ = open();
    std::string id_ = record(*store_, "docker.io/library/debian:latest", "12");
};

TEST_F(LookupsTest, SecondAnswerIsRememberedAndTheSame) {
    settle();
    EXPECT_FALSE(is_remembered("debian"));
    const auto again = ask("debian");
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->stamp.empty());
    EXPECT_EQ(again->id, id_);
    EXPECT_EQ(again->layers, get_image(*store_, "debian").layers);
    EXPECT_EQ(again->config, get_image(*store_, "debian").config);
    EXPECT_TRUE(is_unchanged(layout(), again->stamp));
}

TEST_F(LookupsTest, RememberedAnswerNeedsNoDatabase) {
    settle();
    ask("debian");
    std::filesystem::remove(layout().database().native() + "-shm");
    EXPECT_TRUE(is_remembered("debian"));
    EXPECT_FALSE(std::filesystem::exists(layout().database().native() + "-shm"));
}

TEST_F(LookupsTest, WhatChangedJustNowIsNotRemembered) {
    ask("debian");
    EXPECT_FALSE(is_remembered("debian"));
}

TEST_F(LookupsTest, EveryCommitMakesItForget) {
    settle();
    ask("debian");
    const auto before = ask("debian");
    record(*store_, "docker.io/library/fedora:latest", "3");
    EXPECT_FALSE(is_unchanged(layout(), before->stamp));
    EXPECT_FALSE(is_remembered("debian"));
}

TEST_F(LookupsTest, SoDoesACommitOfAContainer) {
    settle();
    ask("debian");
    const FileLock lock = create_container(*store_, container("web", id_));
    EXPECT_FALSE(is_remembered("debian"));
}

/// The log is copied and begins anew: the same size, another header.
TEST_F(LookupsTest, LogThatBeganAnewIsAnotherOne) {
    settle();
    ask("debian");
    const auto before = ask("debian");
    {
        Store writer = open(Durability::kFull);
        remove(writer, get_image(writer, "debian"));
    }
    EXPECT_FALSE(is_unchanged(layout(), before->stamp));
    EXPECT_FALSE(ask("debian"));
}

TEST_F(LookupsTest, DamagedAnswerIsAskedAgain) {
    settle();
    ask("debian");
    const std::string whole = read_file(file());
    for (std::size_t length = 0; length < whole.size(); ++length) {
        replace_file(file(), whole.substr(0, length));
        ASSERT_FALSE(is_remembered("debian")) << length;
        ASSERT_TRUE(is_remembered("debian")) << length;  // mended
    }
    std::string zeros = whole;
    std::fill(zeros.end() - 4, zeros.end(), '\0');
    replace_file(file(), zeros);
    EXPECT_FALSE(is_remembered("debian"));
}

TEST_F(LookupsTest, AnswerToAnotherQuestionIsNotTaken) {
    settle();
    ask("debian");
    const std::string answer = read_file(file());
    record(*store_, "docker.io/library/fedora:latest", "3");
    settle();
    ask("fedora");
    ASSERT_TRUE(is_remembered("fedora"));
    // As if both had the same slot.
    for (const auto& entry : std::filesystem::directory_iterator(layout().lookups()))
        replace_file(entry.path(), answer);
    EXPECT_EQ(ask("fedora")->layers, (std::vector<std::string>{hex('3')}));
}

TEST_F(LookupsTest, NewlineInANameIsNotRemembered) {
    settle();
    EXPECT_FALSE(ask("debian\n1"));
    EXPECT_FALSE(std::filesystem::exists(layout().lookups()));
}

TEST_F(LookupsTest, BriefContainerNeedsItsImageAllTheSame) {
    settle();
    ask("debian");
    const auto seen = ask("debian");
    remove(*store_, get_image(*store_, "debian"));
    EXPECT_NE(error_of([&] {
                  create_brief_container(*store_, container("", id_), seen->stamp);
              }).find("removed meanwhile"),
              std::string::npos);
}

}  // namespace
}  // namespace mincs::db
