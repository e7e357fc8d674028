// Columns for people: as wide as their longest cell, two blanks apart.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::marten {

/// Cells lie one behind the other in one text: ten thousand rows are no reason to wait.
class Table {
 public:
    explicit Table(std::size_t columns) : widths_(columns) {}

    /// The next cell, from left to right and row by row. It is made printable.
    void add(std::string_view cell);
    /// All rows; the last column is not padded.
    std::string text() const;

 private:
    std::vector<std::size_t> widths_;
    std::string cells_;
    std::vector<std::size_t> ends_;  ///< of each cell in cells_
};

}  // namespace mincs::marten
