// See things.hh.
#include "tools/marten/things.hh"

#include "libcore/base/error.hh"

namespace mincs::marten {

Thing get_thing(db::Store& store, std::string_view typed) {
    auto container = db::find_container(store, typed);
    auto image = db::find_image(store, typed);
    if (container && image)
        throw Error("'{}' may be the container {} or the image {}", printable(typed),
                    db::short_id(container->id), db::short_id(image->id))
            .with_hint("say which by its ID");
    if (container) return std::move(*container);
    if (image) return std::move(*image);
    throw Error("there is neither an image nor a container '{}'", printable(typed))
        .with_hint("'marten li' lists the images, 'marten lc' the containers");
}

const std::string& id_of(const Thing& thing) {
    return std::visit([](const auto& it) -> const std::string& { return it.id; }, thing);
}

std::string label_of(const db::Container& container) {
    return container.name.empty() ? db::short_id(container.id) : container.name;
}

}  // namespace mincs::marten
