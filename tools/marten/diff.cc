// marten diff: what a container changed of the image or directory it was made from, what an image's
// top layer changed of those below, or what differs between any two of them. A line a change, as it
// is found; A, C and D as docker has them.
#include "libcore/fs/overlay.hh"
#include "libcore/layer/changes.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/merged_view.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

const char* type_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR:
            return "directory";
        case S_IFLNK:
            return "symlink";
        case S_IFCHR:
            return "character device";
        case S_IFBLK:
            return "block device";
        case S_IFIFO:
            return "fifo";
        case S_IFSOCK:
            return "socket";
        default:
            return "file";
    }
}

std::vector<Cell> row_of(const layer::Change& change) {
    constexpr const char* kLetters[] = {"A", "C", "D"};
    constexpr const char* kWords[] = {"added", "changed", "removed"};
    const auto kind = static_cast<std::size_t>(change.kind);
    const struct stat& status = change.status;
    const std::vector<std::string> differs = change.difference.names();
    return {{kLetters[kind], std::string(kWords[kind])},
            change.path,
            std::string(type_of(status.st_mode)),
            fmt::format("{:04o}", status.st_mode & 07777u),
            {std::to_string(status.st_uid), std::int64_t{status.st_uid}},
            {std::to_string(status.st_gid), std::int64_t{status.st_gid}},
            {std::to_string(status.st_size), std::int64_t{status.st_size}},
            {fmt::format("{}", fmt::join(differs, ",")), differs}};
}

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
    const db::ContainerDirectory directory(store.layout().container(container.id));
    const fs::RootDir below = fs::open_merged(directories_below(store, container), "what is below");
    layer::changes_in_upper(fs::RootDir::open(directory.storage()), &below, sink);
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
    Listing list({{"kind", "kind"},
                  {"path", "path"},
                  {"type", "type", false},
                  {"mode", "mode", false},
                  {"uid", "uid", false},
                  {"gid", "gid", false},
                  {"size", "size", false},
                  {"differs", "differs", false}},
                 options.format, TableStyle::kPlain);
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
