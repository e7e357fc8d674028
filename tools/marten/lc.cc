// marten lc: the containers, running ones with the number of their first process.
#include "db/containers.hh"
#include "db/images.hh"
#include "librun/notes.hh"
#include "tools/marten/age.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

std::string shortened(const std::string& text, bool full) {
    constexpr std::size_t kWidth = 40;
    if (full || text.size() <= kWidth) return text;
    return text.substr(0, kWidth - 3) + "...";
}

}  // namespace

void execute(const ListContainers& options, const StopSignals&) {
    Listing list({{"id", "id"},
                  {"pid", "pid"},
                  {"name", "name"},
                  {"state", "state"},
                  {"root", "root"},
                  {"age", "created_at"},
                  {"command", "command"},
                  {"memo", "memo", options.full},
                  {"image", "image", false},
                  {"running", "running", false}},
                 options.format);
    db::Store store = open_for_asking();
    // A file for each container: not for those who do not ask.
    const bool tells_memo = options.full || options.format == "json" ||
                            options.format.find("{memo}") != std::string::npos;
    const auto memo_of = [&](const db::Container& container) -> std::string {
        if (!tells_memo) return "";
        const db::ContainerDirectory directory(store.layout().container(container.id));
        return run::read_notes(directory).memo.value_or("");
    };
    for (const db::Container& container : db::list_containers(store))
        list.add({{options.full ? container.id : db::short_id(container.id), container.id},
                  {container.pid ? std::to_string(container.pid) : "-", container.pid},
                  {container.name.empty() ? "-" : container.name, container.name},
                  state_of(container),
                  {shortened(container.root, options.full), container.root},
                  {age_since(container.created_at), container.created_at},
                  {shortened(container.command, options.full), container.command},
                  memo_of(container),
                  {options.full ? container.image_id : db::short_id(container.image_id),
                   container.image_id},
                  {container.running ? "yes" : "no", container.running}});
    list.finish();
}

}  // namespace mincs::marten
