// The text in which a directory says whose its links are; that it is kept and put back is e2e's
// (marten_owners.sh).
#include "libcore/fs/entry_owners.hh"

#include <gtest/gtest.h>

namespace mincs::fs {
namespace {

const Owner kAlice{1000, 1001}, kMail{0, 8};

std::string link(std::string_view name, std::string_view target) {
    return EntryOwners::tag(name, S_IFLNK | 0777, target);
}

TEST(EntryOwners, AThingIsToldByItsNameItsKindAndItsTarget) {
    const std::string tag = link("a", "b");
    EXPECT_EQ(tag.size(), 5u);
    EXPECT_EQ(tag, EntryOwners::tag("a", S_IFLNK, "b")) << "of the mode the kind alone";
    EXPECT_NE(tag, link("a", "c"));
    EXPECT_NE(tag, link("c", "b"));
    EXPECT_NE(link("a", ""), EntryOwners::tag("a", S_IFIFO, ""));
}

TEST(EntryOwners, AreReadBackAsWritten) {
    EntryOwners owners;
    owners.set(link("a", "b"), kAlice);
    owners.set(link("c", "d"), kMail);
    owners.set(link("e", "f"), kAlice);
    EXPECT_EQ(owners.text(),
              "1000:1001=" + link("a", "b") + link("e", "f") + ";0:8=" + link("c", "d"));
    const EntryOwners again = EntryOwners::parse(owners.text());
    EXPECT_EQ(again.text(), owners.text());
    EXPECT_EQ(again.find(link("e", "f")), kAlice);
    EXPECT_EQ(again.find(link("c", "d")), kMail);
    EXPECT_EQ(again.find(link("c", "another")), Owner{}) << "another one in its place";
    EXPECT_TRUE(again.is_complete());
}

TEST(EntryOwners, AnotherOwnerTakesThePlaceOfTheFirst) {
    EntryOwners owners;
    owners.set(link("a", "b"), kAlice);
    owners.set(link("a", "b"), kMail);
    EXPECT_EQ(owners.text(), "0:8=" + link("a", "b"));
    owners.set(link("a", "b"), {});
    EXPECT_TRUE(owners.empty());
    EXPECT_EQ(owners.text(), "");
}

TEST(EntryOwners, ForgetsWhatIsNoMore) {
    EntryOwners owners;
    owners.set(link("a", "b"), kAlice);
    owners.set(link("c", "d"), kMail);
    EXPECT_TRUE(owners.forget_all_but({link("c", "d")}));
    EXPECT_EQ(owners.text(), "0:8=" + link("c", "d"));
    EXPECT_FALSE(owners.forget_all_but({link("c", "d")}));
}

TEST(EntryOwners, SaysThatSomethingIsLeftOut) {
    EntryOwners owners;
    owners.set(link("a", "b"), kAlice);
    owners.set(link("c", "d"), kAlice);
    owners.leave_out_one();
    EXPECT_EQ(owners.text().size(), std::string_view("+1000:1001=.....").size());
    const EntryOwners again = EntryOwners::parse(owners.text());
    EXPECT_FALSE(again.is_complete());
    EXPECT_FALSE(again.empty());
    owners.leave_out_one();
    EXPECT_EQ(owners.text(), "+");
}

TEST(EntryOwners, WhatIsNoSuchTextSaysNothing) {
    for (const char* text : {"", ";", "=", "1:2", "1:2=", "1:2=abcd", "a:b=01234", "=01234;", "x+"})
        EXPECT_TRUE(EntryOwners::parse(text).empty()) << text;
    EXPECT_EQ(EntryOwners::parse("1:2=0123456;nonsense;3:4=abcde").text(), "1:2=01234;3:4=abcde");
}

}  // namespace
}  // namespace mincs::fs
