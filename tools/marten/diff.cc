// marten diff: what a container changed of the image or directory it was made from, what an image's
// top layer changed of those below, or what differs between any two of them. A line a change, as it
// is found; A, C and D as docker has them.
#include "libcore/fs/merged.hh"
#include "tools/marten/change_listing.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// An image's top layer over those below it.
void compare(db::Store& store, const db::Image& image, const layer::ChangeSink& sink) {
    std::vector<std::string> layers = directories_of(store, image);
    if (layers.empty()) return;
    const fs::RootDir top = fs::RootDir::open(layers.front());
    layers.erase(layers.begin());
    if (layers.empty()) return layer::changes_in_upper(top, nullptr, sink);
    const fs::RootDir below = fs::open_merged(layers, "what is below");
    layer::changes_in_upper(top, &below, sink);
}

void compare(db::Store& store, const db::Container& container, const layer::ChangeSink& sink) {
    tell_changes(store, ContainerHold(store, container), sink);
}

/// A thing's whole root; a container is held as long as this lives.
class WholeRoot {
 public:
    WholeRoot(db::Store& store, Thing thing) {
        if (auto* container = std::get_if<db::Container>(&thing)) {
            hold_.emplace(store, std::move(*container));
            root_.emplace(open_root(store, *hold_));
        } else {
            root_.emplace(open_root(store, std::get<db::Image>(thing)));
        }
    }
    const fs::RootDir& root() const { return *root_; }

 private:
    std::optional<ContainerHold> hold_;
    std::optional<fs::RootDir> root_;
};

}  // namespace

void execute(const DiffOptions& options, const StopSignals& stop) {
    Listing list = change_listing(options.format, options.full);
    const layer::ChangeSink sink = [&](const layer::Change& change) {
        stop.check();
        list.add(row_of(change));
        return true;
    };
    db::Store store = open_for_reading();
    Thing first = get_thing(store, options.first);
    if (options.second.empty()) {
        std::visit([&](const auto& it) { compare(store, it, sink); }, first);
    } else {
        Thing second = get_thing(store, options.second);
        if (id_of(first) != id_of(second)) {
            const WholeRoot now(store, std::move(first));
            const WholeRoot before(store, std::move(second));
            layer::changes_between(before.root(), now.root(), sink);
        }
    }
    list.finish();
}

}  // namespace mincs::marten
