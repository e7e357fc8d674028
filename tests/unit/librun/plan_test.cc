// Plans on a store of their own; no container is started, so no root is needed but for the store's
// lock files.
#include "librun/plan.hh"

#include <gtest/gtest.h>

#include <filesystem>

#include "librun/root_source.hh"

using namespace mincs;
using namespace mincs::run;

namespace {

class Plans : public testing::Test {
 protected:
    db::Store open() {
        return db::Store::open(db::Layout(base_.path() / "store"), db::Durability::kFast);
    }
    Request on_directory() {
        Request request;
        request.root = base_.path().native();
        request.command = {"true"};
        return request;
    }
    TempDir base_;
};

}  // namespace

TEST_F(Plans, ADirectorysContainerGoesWithThePlan) {
    db::Store store = open();
    {
        const Plan plan = Plan::make(store, on_directory());
        EXPECT_FALSE(plan.keep());
        EXPECT_TRUE(std::filesystem::exists(plan.directory().storage()));
        EXPECT_EQ(plan.spec().overlay->upper, plan.directory().storage());
        EXPECT_TRUE(plan.spec().overlay->is_volatile);
        EXPECT_TRUE(db::list_containers(store).empty()) << "a short command needs no row";
    }
    EXPECT_TRUE(std::filesystem::is_empty(store.layout().containers()));
    EXPECT_FALSE(std::filesystem::exists(store.layout().spares() / "0/storage"));
}

TEST_F(Plans, AContainerThatGoesHasARowOnceItsCommandIsNoShortOne) {
    db::Store store = open();
    {
        Plan plan = Plan::make(store, on_directory());
        plan.started(getpid());
        const auto containers = db::list_containers(store);
        ASSERT_EQ(containers.size(), 1u);
        EXPECT_EQ(containers[0].id, plan.id());
        EXPECT_EQ(containers[0].pid, getpid());
        EXPECT_EQ(plan.directory().base, store.layout().container(plan.id()));
        EXPECT_EQ(plan.spec().overlay->upper, plan.directory().storage());
        EXPECT_TRUE(std::filesystem::exists(plan.directory().spec()));
    }
    EXPECT_TRUE(db::list_containers(store).empty());
    EXPECT_TRUE(std::filesystem::is_empty(store.layout().containers()));
}

TEST_F(Plans, ANamedContainerHasItsRowAtOnce) {
    db::Store store = open();
    Request request = on_directory();
    request.name = "box";
    const Plan plan = Plan::make(store, request);
    EXPECT_TRUE(db::find_container(store, "box"));
    EXPECT_THROW(Plan::make(store, request), Error);
}

TEST_F(Plans, AKeptContainerStaysAndIsUsedAgain) {
    db::Store store = open();
    Request request = on_directory();
    request.keep = true;
    request.name = "box";
    const std::string id = Plan::make(store, request).id();
    Request again;
    again.reuse = "box";
    again.command = {"true"};
    const Plan plan = Plan::make(store, again);
    EXPECT_EQ(plan.id(), id);
    EXPECT_TRUE(plan.keep());
    EXPECT_EQ(plan.spec().hostname, "box");
    EXPECT_EQ(plan.lower(),
              std::vector<std::string>{std::filesystem::canonical(base_.path()).native()});
}

TEST_F(Plans, ARunningContainerIsNotStartedTwice) {
    db::Store store = open();
    Request request = on_directory();
    request.keep = true;
    const Plan running = Plan::make(store, request);
    Request again;
    again.reuse = running.id();
    EXPECT_THROW(Plan::make(store, again), Error);
}

TEST_F(Plans, ADroppedPlanLeavesNothing) {
    db::Store store = open();
    Request request = on_directory();
    request.keep = true;
    {
        Plan plan = Plan::make(store, request);
        plan.drop();
    }
    EXPECT_TRUE(db::list_containers(store).empty());
}

TEST_F(Plans, ContradictionsAreSaidBeforeAnythingIsMade) {
    db::Store store = open();
    Request both = on_directory();
    both.keep = both.remove = true;
    EXPECT_THROW(Plan::make(store, both), UsageError);
    Request direct_host;
    direct_host.direct = true;
    EXPECT_THROW(Plan::make(store, direct_host), UsageError);
    Request direct_reuse = on_directory();
    direct_reuse.direct = true;
    direct_reuse.reuse = "x";
    EXPECT_THROW(Plan::make(store, direct_reuse), UsageError);
    EXPECT_TRUE(db::list_containers(store).empty());
}

TEST_F(Plans, AnUnknownRootIsNamedWithAHint) {
    db::Store store = open();
    Request request;
    request.root = "nosuchimage";
    try {
        Plan::make(store, request);
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("nosuchimage"), std::string::npos);
        EXPECT_NE(error.hint().find("marten pull"), std::string::npos);
    }
}

TEST_F(Plans, TheHostsRootHidesTheStore) {
    db::Store store = open();
    Request request;
    request.command = {"true"};
    const Plan plan = Plan::make(store, request);
    const auto& masked = plan.spec().linux.masked_paths;
    EXPECT_NE(std::find(masked.begin(), masked.end(), store.layout().base().native()),
              masked.end());
    EXPECT_TRUE(plan.spec().overlay->host_submounts);
}

TEST_F(Plans, PrivilegedIsTheOldWay) {
    db::Store store = open();
    Request request = on_directory();
    request.privileged = true;
    const Plan plan = Plan::make(store, request);
    EXPECT_FALSE(plan.spec().linux.seccomp);
    EXPECT_FALSE(plan.spec().process.no_new_privileges);
    EXPECT_TRUE(plan.spec().linux.masked_paths.empty());
}
