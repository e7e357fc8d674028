// See listing.hh.
#include "tools/marten/listing.hh"

#include <algorithm>
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::marten {
namespace {

char unescaped(char letter) {
    if (letter == 'n') return '\n';
    if (letter == 't') return '\t';
    if (letter == '\\') return '\\';
    throw UsageError("'\\{}' in a format: only \\n, \\t and \\\\ are known",
                     printable({&letter, 1}));
}

int index_of(std::string_view name, const std::vector<std::string>& fields) {
    const auto found = std::find(fields.begin(), fields.end(), name);
    if (found == fields.end())
        throw UsageError("'{{{}}}' is no field of this list: it has {}", printable(name),
                         fmt::join(fields, ", "));
    return static_cast<int>(found - fields.begin());
}

std::vector<std::string> names_of(const std::vector<Field>& fields) {
    std::vector<std::string> names;
    for (const Field& field : fields) names.push_back(field.name);
    return names;
}

std::string in_capitals(std::string text) {
    for (char& letter : text)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    return text;
}

/// `each` picks among the texts of the cell that has several.
const std::string& text_of(const Cell& cell, std::size_t each) {
    return cell.texts.size() == 1 ? cell.texts.front() : cell.texts.at(each);
}

}  // namespace

LineTemplate::LineTemplate(std::string_view text, const std::vector<std::string>& fields) {
    std::string literal;
    const auto take_literal = [&] {
        if (!literal.empty()) pieces_.push_back({std::exchange(literal, {})});
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (text[i] == '\\') {
            literal += unescaped(next);
            ++i;
        } else if ((text[i] == '{' || text[i] == '}') && next == text[i]) {
            literal += text[i++];
        } else if (text[i] == '{') {
            const std::size_t end = text.find('}', i);
            if (end == std::string_view::npos)
                throw UsageError("'{}' in a format has no '}}'", printable(text.substr(i)));
            take_literal();
            pieces_.push_back({"", index_of(text.substr(i + 1, end - i - 1), fields)});
            i = end;
        } else {
            literal += text[i];
        }
    }
    take_literal();
    if (std::none_of(pieces_.begin(), pieces_.end(), [](auto& piece) { return piece.field >= 0; }))
        throw UsageError("the format '{}' names no field: this list has {}", printable(text),
                         fmt::join(fields, ", "))
            .with_hint("a field stands in single braces: '{" + fields.front() + "}'");
}

std::string LineTemplate::line(const std::vector<std::string>& texts) const {
    std::string line;
    for (const Piece& piece : pieces_)
        line += piece.field < 0 ? piece.text
                                : printable(texts.at(static_cast<std::size_t>(piece.field)));
    return line + "\n";
}

Listing::Listing(std::vector<Field> fields, const std::string& format, TableStyle style)
    : Listing(std::move(fields), format, style,
              [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }) {}

Listing::Listing(std::vector<Field> fields, const std::string& format, TableStyle style, Sink sink)
    : fields_(std::move(fields)),
      sink_(std::move(sink)),
      style_(style),
      is_json_(format == "json") {
    if (!is_json_ && format != "table") line_.emplace_back(format, names_of(fields_));
    if (!is_table()) return;
    table_.emplace(std::count_if(fields_.begin(), fields_.end(),
                                 [](const Field& field) { return field.is_column; }));
    for (const Field& field : fields_)
        if (field.is_column) table_->add(in_capitals(field.name));
}

void Listing::add_columns(std::initializer_list<std::string_view> columns) {
    for (const std::string_view column : columns) table_->add(column);
}

void Listing::add(std::span<const Cell> cells) {
    if (is_json_) return add_json(cells);
    std::size_t lines = 1;
    for (const Cell& cell : cells)
        if (cell.texts.size() != 1) lines = cell.texts.size();
    for (std::size_t i = 0; i < lines; ++i) add_line(cells, i);
}

void Listing::add_line(std::span<const Cell> cells, std::size_t each) {
    std::vector<std::string> columns;
    columns.reserve(fields_.size());
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (fields_[i].is_column || !line_.empty()) columns.push_back(text_of(cells[i], each));
    if (!line_.empty()) return sink_(line_.front().line(columns));
    if (table_) {
        for (const std::string& column : columns) table_->add(column);
        return;
    }
    for (std::string& column : columns) column = printable(column);
    sink_(fmt::format("{}\n", fmt::join(columns, " ")));
}

void Listing::add_json(std::span<const Cell> cells) {
    Json object = Json::object();
    for (std::size_t i = 0; i < fields_.size(); ++i)
        if (!fields_[i].json.empty())
            std::visit([&](const auto& value) { object[fields_[i].json] = value; }, cells[i].exact);
    std::string text = std::exchange(is_empty_, false) ? "[\n" : ",\n";
    // Inside a string JSON has no line ends, so these are between members.
    for (const char letter : "  " + dump_json(object, 2)) {
        text += letter;
        if (letter == '\n') text += "  ";
    }
    sink_(text);
}

void Listing::finish() {
    if (is_json_) sink_(is_empty_ ? "[]\n" : "\n]\n");
    if (table_) sink_(table_->text());
}

}  // namespace mincs::marten
