#include "tools/polecat/differences.hh"

#include <gmock/gmock.h>

#include <set>

namespace mincs::polecat {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Difference::Kind;

class DifferencesTest : public testing::Test {
 protected:
    static void found(TracedRun& run, const std::string& path, unsigned uses = kOpen) {
        run.trace[path] = {uses, true, false, ""};
    }
    static void missed(TracedRun& run, const std::string& path, unsigned uses = kOpen) {
        run.trace[path] = {uses, false, true, ""};
    }
    std::vector<Difference> compare() const {
        return differences(first_, second_,
                           {[this](const std::string& path) { return root_.contains(path); },
                            [this](const std::string& path) { return left_out_.contains(path); }});
    }

    TracedRun first_, second_;
    std::set<std::string> root_, left_out_;
};

TEST_F(DifferencesTest, AreOfFourKinds) {
    found(first_, "/usr/lost");
    missed(second_, "/usr/lost");
    missed(first_, "/usr/appeared");
    found(second_, "/usr/appeared");
    found(first_, "/usr/first");
    missed(second_, "/usr/second");
    found(first_, "/usr/both");
    found(second_, "/usr/both");
    EXPECT_THAT(compare(), ElementsAre(Difference{Kind::kLost, "/usr/lost"},
                                       Difference{Kind::kAppeared, "/usr/appeared"},
                                       Difference{Kind::kOnlyFirst, "/usr/first"},
                                       Difference{Kind::kOnlySecond, "/usr/second"}));
}

TEST_F(DifferencesTest, ScratchNamesCountOnlyWhereTheRootHasThem) {
    root_ = {"/tmp/given"};
    found(first_, "/tmp/tmpAbC");
    found(first_, "/tmp/given");
    missed(second_, "/tmp/given");
    missed(second_, "/var/tmp/x.99");
    missed(second_, "/run/lock/y");
    EXPECT_THAT(compare(), ElementsAre(Difference{Kind::kLost, "/tmp/given"}));
}

TEST_F(DifferencesTest, WhatARunMadeItselfIsItsOwn) {
    found(first_, "/root/.cache", kCreate);
    found(first_, "/root/.cache/a/b");
    found(second_, "/root/other", kCreate | kOpen);
    EXPECT_THAT(compare(), IsEmpty());
}

TEST_F(DifferencesTest, NumbersInNamesThatAreNotThereAreAlike) {
    missed(first_, "/root/core.123/x");
    missed(second_, "/root/core.4567/x");
    EXPECT_THAT(compare(), IsEmpty());
    // But not where the root has one of them.
    root_ = {"/root/core.4567/x"};
    EXPECT_THAT(compare(), ElementsAre(Difference{Kind::kOnlySecond, "/root/core.4567/x"}));
}

TEST_F(DifferencesTest, WhatTheHostShowsAndWhatIsLeftOutIsNotCompared) {
    first_.hidden = {"/home/me"};
    left_out_ = {"/etc/shadow"};
    found(first_, "/home/me/file");
    found(first_, "/etc/shadow");
    missed(second_, "/etc/shadow");
    EXPECT_THAT(compare(), IsEmpty());
}

TEST_F(DifferencesTest, OfAStoppedRunOnlyWhatIsLostCounts) {
    found(first_, "/usr/later");
    found(first_, "/usr/lost");
    missed(second_, "/usr/lost");
    second_.stopped = true;
    EXPECT_THAT(compare(), ElementsAre(Difference{Kind::kLost, "/usr/lost"}));
}

}  // namespace
}  // namespace mincs::polecat
