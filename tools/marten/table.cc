// See table.hh.
#include "tools/marten/table.hh"

#include <algorithm>

#include "libcore/base/error.hh"

namespace mincs::marten {

std::string format_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], printable(row[i]).size());
    }
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            text += fmt::format("{:<{}}  ", printable(row[i]), widths[i]);
        text += printable(row.back()) + "\n";
    }
    return text;
}

}  // namespace mincs::marten
