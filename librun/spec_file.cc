// See spec_file.hh.
#include "librun/spec_file.hh"

#include "db/images.hh"
#include "libcore/base/files.hh"

namespace mincs::run {

container::ContainerSpec read_spec(const db::Layout& layout, const db::Container& container,
                                   bool command_matters) {
    const db::ContainerDirectory directory(layout.container(container.id));
    const std::string label = container.name.empty() ? db::short_id(container.id) : container.name;
    const auto text = read_file_if_exists(directory.spec());
    if (!text)
        throw Error("the container '{}' has no record of what to run in it", label)
            .with_hint(fmt::format("'minc -t {} COMMAND' runs a command in it", label));
    container::ContainerSpec spec = container::from_oci_json(
        *text, fmt::format("the spec of the container '{}'", label), command_matters);
    spec.id = container.id;
    return spec;
}

}  // namespace mincs::run
