// See table.hh.
#include "tools/marten/table.hh"

#include <algorithm>
#include <numeric>

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

constexpr std::size_t kGap = 2;

/// Characters of a printable text: all bytes but those that go on with a UTF-8 character.
std::size_t width_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & '\xc0') != '\x80'; }));
}

}  // namespace

std::string format_table(std::vector<std::vector<std::string>> rows) {
    std::vector<std::size_t> widths;
    for (auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            row[i] = printable(row[i]);
            widths[i] = std::max(widths[i], width_of(row[i]));
        }
    }
    std::string text;
    text.reserve(rows.size() * std::accumulate(widths.begin(), widths.end(), kGap * widths.size()));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            text.append(row[i]).append(widths[i] - width_of(row[i]) + kGap, ' ');
        text.append(row.back()).push_back('\n');
    }
    return text;
}

}  // namespace mincs::marten
