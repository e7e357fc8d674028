// See table.hh.
#include "tools/marten/table.hh"

#include <algorithm>
#include <numeric>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kGap = 2;

/// Characters of a printable text: all bytes but those that go on with a UTF-8 character.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
}

}  // namespace

void Table::add(std::string_view cell) {
    const std::size_t begin = cells_.size();
    cells_ += printable(cell);
    std::size_t& width = widths_[ends_.size() % widths_.size()];
    width = std::max(width, width_of(std::string_view(cells_).substr(begin)));
    ends_.push_back(cells_.size());
}

std::string Table::text() const {
    std::string text;
    text.reserve(ends_.size() / widths_.size() *
                 std::accumulate(widths_.begin(), widths_.end(), kGap * widths_.size()));
    for (std::size_t i = 0, begin = 0; i < ends_.size(); begin = ends_[i++]) {
        const std::string_view cell = std::string_view(cells_).substr(begin, ends_[i] - begin);
        const std::size_t column = i % widths_.size();
        text += cell;
        if (column + 1 < widths_.size())
            text.append(widths_[column] - width_of(cell) + kGap, ' ');
        else
            text += '\n';
    }
    return text;
}

}  // namespace mincs::marten
