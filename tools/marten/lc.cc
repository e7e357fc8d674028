// marten lc: the containers, running ones with the number of their first process.
#include <chrono>
#include <cstdio>
#include <ctime>

#include "db/containers.hh"
#include "db/images.hh"
#include "db/record.hh"
#include "libcore/base/json.hh"
#include "libcore/base/units.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/table.hh"

namespace mincs::marten {
namespace {

std::string shortened(const std::string& text, bool full) {
    constexpr std::size_t kWidth = 40;
    if (full || text.size() <= kWidth) return text;
    return text.substr(0, kWidth - 3) + "...";
}

std::string age_of(const db::Container& container) {
    const auto seconds = std::chrono::seconds(std::time(nullptr) - container.created_at);
    return format_age(std::max(seconds, std::chrono::seconds(0)));
}

std::string as_table(const std::vector<db::Container>& containers, bool full) {
    std::vector<std::vector<std::string>> rows = {{"ID", "PID", "NAME", "ROOT", "AGE", "COMMAND"}};
    for (const db::Container& container : containers)
        rows.push_back({full ? container.id : db::short_id(container.id),
                        container.running ? fmt::format("{}", container.pid) : "-",
                        container.name.empty() ? "-" : container.name,
                        shortened(container.root, full), age_of(container),
                        shortened(container.command, full)});
    return format_table(rows);
}

std::string as_json(const std::vector<db::Container>& containers) {
    Json list = Json::array();
    for (const db::Container& container : containers)
        list.push_back({{"id", container.id},
                        {"name", container.name},
                        {"image", container.image_id},
                        {"root", container.root},
                        {"command", container.command},
                        {"running", container.running},
                        {"pid", container.pid},
                        {"created_at", container.created_at}});
    return dump_json(list, 2) + "\n";
}

}  // namespace

void execute(const ListContainers& options, const StopSignals&) {
    db::Store store = open_for_reading();
    const auto containers = db::list_containers(store);
    const std::string text =
        options.format == "json" ? as_json(containers) : as_table(containers, options.full);
    std::fputs(text.c_str(), stdout);
}

}  // namespace mincs::marten
