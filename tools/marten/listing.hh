// How every list prints itself: aligned columns for people, JSON for programs (docs/man/marten.1,
// FORMAT, tells each list's fields), or a line made by the caller's own '{id} {name}'. A command
// says which fields its list has and adds rows; it knows nothing of formats.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/marten/table.hh"

namespace mincs::marten {

/// A cell as JSON tells it: exact, in bytes and seconds. nullptr is JSON's null.
using Value =
    std::variant<std::nullptr_t, std::string, std::int64_t, bool, std::vector<std::string>>;

/// One field of a list.
struct Field {
    std::string name;  ///< lower case; "{name}" in a line, and the column's heading in capitals
    std::string json;  ///< its key in JSON; empty: not there
    bool is_column = true;  ///< false: only told in JSON and where a line names it
};

/// One field of one row.
struct Cell {
    Cell(std::string both) : texts{both}, exact(std::move(both)) {}
    Cell(std::string text, Value value) : texts{std::move(text)}, exact(std::move(value)) {}
    /// Several texts: for people the row appears once for each (an image under each of its names);
    /// none: it does not appear. In JSON it stays one object.
    Cell(std::vector<std::string> each, Value value)
        : texts(std::move(each)), exact(std::move(value)) {}

    std::vector<std::string> texts;
    Value exact;
};

/// A caller's line: "{field}" stands for the field's text, "{{" and "}}" for a brace, "\n", "\t"
/// and "\\" for what they are in C. A line's end is added.
class LineTemplate {
 public:
    /// Throws UsageError, listing the fields, where `text` names another.
    LineTemplate(std::string_view text, const std::vector<std::string>& fields);
    /// `texts` in the order of the fields.
    std::string line(const std::vector<std::string>& texts) const;

 private:
    struct Piece {
        std::string text;
        int field = -1;  ///< -1: `text` as it is
    };
    std::vector<Piece> pieces_;
};

/// What --format table looks like.
enum class TableStyle {
    kColumns,  ///< a heading, columns as wide as their longest cell
    kPlain     ///< no heading, one blank between cells; printed as it comes, for endless lists
};

/// Rows are printed as they come, but for kColumns, which finish() prints.
class Listing {
 public:
    using Sink = std::function<void(std::string_view)>;

    /// `format`: "table", "json" or a line. Throws UsageError for a line that names no field of
    /// this list: to be made before any work is done.
    Listing(std::vector<Field> fields, const std::string& format,
            TableStyle style = TableStyle::kColumns);
    /// The same to somewhere else than stdout.
    Listing(std::vector<Field> fields, const std::string& format, TableStyle style, Sink sink);

    /// The row's cells in the order of the fields. At most one of them has not exactly one text.
    void add(std::span<const Cell> cells);
    void add(std::initializer_list<Cell> cells) { add(std::span(cells.begin(), cells.size())); }
    bool is_table() const { return !is_json_ && line_.empty() && style_ == TableStyle::kColumns; }
    /// A row of a table (is_table()) by the texts of its columns, for lists of ten thousand.
    void add_columns(std::initializer_list<std::string_view> columns);
    /// To be called once, after the last row.
    void finish();

 private:
    void add_json(std::span<const Cell> cells);
    void add_line(std::span<const Cell> cells, std::size_t each);

    std::vector<Field> fields_;
    Sink sink_;
    TableStyle style_;
    bool is_json_;
    std::vector<LineTemplate> line_;  ///< one or none
    std::optional<Table> table_;
    bool is_empty_ = true;
};

}  // namespace mincs::marten
