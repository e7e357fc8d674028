// See notes.hh.
#include "librun/notes.hh"

#include <array>
#include <utility>

#include "libcore/base/files.hh"
#include "libcore/base/json.hh"

namespace mincs::run {
namespace {

template <typename N>
auto members(N& notes) {
    return std::array{std::pair("memo", &notes.memo), std::pair("start_hook", &notes.start_hook),
                      std::pair("stop_hook", &notes.stop_hook)};
}

}  // namespace

Notes read_notes(const db::ContainerDirectory& directory) {
    Notes notes;
    const std::string path = directory.notes();
    const auto text = read_file_if_exists(path);
    if (!text) return notes;
    const Json json = parse_json(*text, path);
    for (const auto& [name, value] : members(notes)) *value = json_string_if(json, name, path);
    return notes;
}

void write_notes(const db::ContainerDirectory& directory, const Notes& notes) {
    Json json = Json::object();
    for (const auto& [name, value] : members(notes))
        if (*value) json[name] = **value;
    replace_file(directory.notes(), dump_json(json), 0600);
}

}  // namespace mincs::run
