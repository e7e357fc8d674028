// A list's three shapes: columns, JSON, the caller's own lines.
#include "tools/marten/listing.hh"

#include <gtest/gtest.h>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::marten {
namespace {

const std::vector<Field> kFields = {
    {"id", "id"}, {"size", "size"}, {"name", "names"}, {"age", "created_at", false}};

using Texts = std::vector<std::string>;

std::string print(const std::string& format, TableStyle style = TableStyle::kColumns) {
    std::string text;
    Listing list(kFields, format, style, [&](std::string_view more) { text += more; });
    list.add({{"3af1", "3af1e0"},
              {"1.5 KiB", std::int64_t{1536}},
              {Texts{"one", "two"}, Texts{"l/one", "l/two"}},
              {"4 days", std::int64_t{77}}});
    list.add({{"99", "998877"}, {"0 B", std::int64_t{0}}, {"<none>", Texts{}}, {"now", nullptr}});
    list.finish();
    return text;
}

TEST(Listing, ColumnsWithALineForEachText) {
    EXPECT_EQ(print("table"),
              "ID    SIZE     NAME\n"
              "3af1  1.5 KiB  one\n"
              "3af1  1.5 KiB  two\n"
              "99    0 B      <none>\n");
}

TEST(Listing, PlainLines) {
    EXPECT_EQ(print("table", TableStyle::kPlain),
              "3af1 1.5 KiB one\n3af1 1.5 KiB two\n99 0 B <none>\n");
}

TEST(Listing, JsonTellsExactValues) {
    const Json list = parse_json(print("json"), "the list");
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0], parse_json(R"({"id": "3af1e0", "size": 1536, "names": ["l/one", "l/two"],
                                      "created_at": 77})",
                                  "expected"));
    EXPECT_TRUE(list[1]["created_at"].is_null());
    EXPECT_TRUE(list[1]["names"].empty());
}

TEST(Listing, NoRowsAreAnEmptyJsonListAndAHeading) {
    std::string json, table;
    Listing(kFields, "json", TableStyle::kColumns, [&](auto more) { json += more; }).finish();
    Listing(kFields, "table", TableStyle::kColumns, [&](auto more) { table += more; }).finish();
    EXPECT_EQ(json, "[]\n");
    EXPECT_EQ(table, "ID  SIZE  NAME\n");
}

TEST(Listing, LinesOfTheCallersOwn) {
    EXPECT_EQ(print("{name}\\t{age}"), "one\t4 days\ntwo\t4 days\n<none>\tnow\n");
    EXPECT_EQ(print("{{{id}}} \\\\ {id}{id} }\\n!"),
              "{3af1} \\ 3af13af1 }\n!\n{3af1} \\ 3af13af1 }\n!\n{99} \\ 9999 }\n!\n");
}

TEST(Listing, AnUnknownFieldListsTheKnown) {
    try {
        LineTemplate("{id} {nope}", {"id", "size"});
        FAIL() << "was taken";
    } catch (const UsageError& error) {
        EXPECT_STREQ(error.what(), "'{nope}' is no field of this list: it has id, size");
    }
    EXPECT_THROW(LineTemplate("{id", {"id"}), UsageError);
    EXPECT_THROW(LineTemplate("{}", {"id"}), UsageError);
    EXPECT_THROW(LineTemplate("{{.id}}", {"id"}), UsageError);
    EXPECT_THROW(LineTemplate("{id}\\x", {"id"}), UsageError);
    EXPECT_THROW(LineTemplate("{id}\\", {"id"}), UsageError);
}

TEST(Listing, NothingInALineMovesTheTerminal) {
    const LineTemplate line("{id}", {"id"});
    EXPECT_EQ(line.line({"a\x1b[2J"}), "a\\x1b[2J\n");
}

}  // namespace
}  // namespace mincs::marten
