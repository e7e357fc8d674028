// Columns for people: as wide as their longest cell, two blanks apart.
#pragma once

#include <string>
#include <vector>

namespace mincs::marten {

/// Rows of equally many cells, the heading first. Cells are made printable; the last column is not
/// padded.
std::string format_table(std::vector<std::vector<std::string>> rows);

}  // namespace mincs::marten
