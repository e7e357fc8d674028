// See image_name.hh.
#include "tools/marten/image_name.hh"

#include "libcore/base/error.hh"

namespace mincs::marten {
namespace {

/// The rule of the reference grammar: a first component with '.' or ':', or "localhost", is a
/// registry.
bool names_registry(std::string_view typed) {
    const std::size_t slash = typed.find('/');
    if (slash == std::string_view::npos) return false;
    const std::string_view first = typed.substr(0, slash);
    return first == "localhost" || first.find_first_of(".:") != std::string_view::npos;
}

}  // namespace

std::string local_image_name(std::string_view typed) {
    if (typed == "host") throw UsageError("'host' is the host's own root and no image's name");
    const auto reference = registry::Reference::parse(
        names_registry(typed) ? std::string(typed) : fmt::format("localhost/{}", typed));
    if (reference.digest)
        throw UsageError("'{}': a name cannot be given a digest", printable(typed));
    return reference.to_string();
}

std::string pulled_image_name(registry::Reference reference) {
    if (reference.digest) reference.tag.clear();
    return reference.to_string();
}

}  // namespace mincs::marten
