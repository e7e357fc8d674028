#include "libcore/container/lent_ids.hh"

#include <gmock/gmock.h>

namespace mincs::container {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LentIds, AreFoundByNameAndByNumber) {
    const char* text = "alice:100000:65536\nbob:165536:10\n1000:300000:5\n";
    EXPECT_THAT(subordinate_ids(text, "alice", 1000),
                ElementsAre(SubordinateIds{100000, 65536}, SubordinateIds{300000, 5}));
    EXPECT_THAT(subordinate_ids(text, "", 1000), ElementsAre(SubordinateIds{300000, 5}));
    EXPECT_THAT(subordinate_ids(text, "bob", 7), ElementsAre(SubordinateIds{165536, 10}));
    EXPECT_THAT(subordinate_ids(text, "carol", 8), IsEmpty());
}

TEST(LentIds, LinesWithoutSenseArePassedOver) {
    for (const char* text : {"", "\n\n", "alice", "alice:", "alice::", "alice:1",
                             "alice:1:", "alice:x:5", "alice:1:x", "alice:0:5", "alice:5:0",
                             "alice:-1:5", "alice:5000000000:5", "alice:1:5:6", "# alice:1:5"})
        EXPECT_THAT(subordinate_ids(text, "alice", 1000), IsEmpty()) << text;
    EXPECT_THAT(subordinate_ids("rubbish\nalice:7:8", "alice", 1000),
                ElementsAre(SubordinateIds{7, 8}));
}

TEST(LentIds, FollowTheOwnOneInside) {
    EXPECT_THAT(id_map_arguments(1000, {}), ElementsAre("0", "1000", "1"));
    EXPECT_THAT(id_map_arguments(1000, {{100000, 65536}, {300000, 5}}),
                ElementsAre("0", "1000", "1", "1", "100000", "65536", "65537", "300000", "5"));
}

}  // namespace
}  // namespace mincs::container
