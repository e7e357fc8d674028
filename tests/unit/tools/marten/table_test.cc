#include "tools/marten/table.hh"

#include <gtest/gtest.h>

namespace mincs::marten {
namespace {

std::string table_of(std::size_t columns, std::initializer_list<std::string_view> cells) {
    Table table(columns);
    for (const std::string_view cell : cells) table.add(cell);
    return table.text();
}

TEST(Table, ColumnsAreAsWideAsTheirLongestCell) {
    EXPECT_EQ(table_of(3, {"ID", "SIZE", "NAME", "abcdef", "1 B", "x", "a", "10 KiB", "yy"}),
              "ID      SIZE    NAME\n"
              "abcdef  1 B     x\n"
              "a       10 KiB  yy\n");
}

TEST(Table, NothingInACellMovesTheTerminal) {
    EXPECT_EQ(table_of(2, {"A", "B", "x\x1b[2J\n", "y\r"}),
              "A           B\nx\\x1b[2J\\n  y\\x0d\n");
}

}  // namespace
}  // namespace mincs::marten
