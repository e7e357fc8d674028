#include "tools/marten/table.hh"

#include <gtest/gtest.h>

namespace mincs::marten {
namespace {

TEST(Table, ColumnsAreAsWideAsTheirLongestCell) {
    EXPECT_EQ(format_table({{"ID", "SIZE", "NAME"}, {"abcdef", "1 B", "x"}, {"a", "10 KiB", "yy"}}),
              "ID      SIZE    NAME\n"
              "abcdef  1 B     x\n"
              "a       10 KiB  yy\n");
}

TEST(Table, NothingInACellMovesTheTerminal) {
    EXPECT_EQ(format_table({{"A", "B"}, {"x\x1b[2J\n", "y\r"}}),
              "A           B\nx\\x1b[2J\\n  y\\x0d\n");
}

}  // namespace
}  // namespace mincs::marten
