// What -r means, on directories alone.
#include "librun/root_source.hh"

#include <gtest/gtest.h>

#include <filesystem>

#include "libcore/base/error.hh"

using namespace mincs;
using namespace mincs::run;

namespace {

class Roots : public testing::Test {
 protected:
    Roots() : before_(std::filesystem::current_path()) { std::filesystem::current_path(here()); }
    ~Roots() override { std::filesystem::current_path(before_); }

    std::filesystem::path here() const { return std::filesystem::canonical(base_.path()); }
    void make(std::initializer_list<const char*> names) {
        for (const char* name : names) std::filesystem::create_directories(here() / name);
    }
    /// The names of its directories here.
    std::vector<std::string> lower(const std::string& text) {
        std::vector<std::string> names;
        for (const std::string& path : find_root(store_, text).lower)
            names.push_back(std::filesystem::path(path).lexically_relative(here()).native());
        return names;
    }

    using Names = std::vector<std::string>;
    TempDir base_;
    std::filesystem::path before_;
    db::Store store_ = db::Store::open(db::Layout(base_.path() / "store"), db::Durability::kFast);
};

}  // namespace

TEST_F(Roots, AListIsStackedTheFirstOnTop) {
    make({"a", "b", "c"});
    EXPECT_EQ(lower("a:./b:c"), (Names{"a", "b", "c"}));
    EXPECT_EQ(find_root(store_, "a:b").kind, RootKind::kStack);
    EXPECT_EQ(find_root(store_, here() / "a:b").parts.size(), 2u);
}

TEST_F(Roots, WhatStandsTwiceCountsAtItsLowestPlace) {
    make({"a", "b"});
    EXPECT_EQ(lower("a:b:./a"), (Names{"b", "a"}));
}

TEST_F(Roots, ADirectoryOfTheWholeNameWins) {
    make({"a", "b", "a:b"});
    EXPECT_EQ(lower("a:b"), Names{"a:b"});
    EXPECT_EQ(lower(here() / "a:b"), Names{"a:b"});
    make({"c"});
    EXPECT_THROW(lower("a:b:c"), Error);  // a and b and c, or a:b and c
    EXPECT_EQ(lower("./a:./b:c"), (Names{"a", "b", "c"}));
}

TEST_F(Roots, NoListIsWhatHasAPartThatIsNothing) {
    make({"a", "b"});
    for (const char* text : {"a:", ":a", "a::b", "a:nosuch", "/nosuch:a", "a:host", "a:/"})
        EXPECT_THROW(lower(text), Error) << text;
}

TEST_F(Roots, AnOverlayTakesFiveHundred) {
    std::string list;
    for (int i = 0; i < 500; ++i) {
        std::filesystem::create_directories(here() / std::to_string(i));
        list += (i ? ":" : "") + ("./" + std::to_string(i));
    }
    EXPECT_EQ(lower(list).size(), 500u);
    make({"more"});
    EXPECT_THROW(lower(std::string(5000, 'x') + ":more"), Error);
    EXPECT_THROW(lower(list + ":more"), Error);
}
