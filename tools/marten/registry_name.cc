// See registry_name.hh.
#include "tools/marten/registry_name.hh"

#include "libcore/base/error.hh"
#include "libregistry/reference.hh"

namespace mincs::marten {

std::string registry_name(std::string_view typed) {
    if (typed.empty()) return "docker.io";
    const std::string text(typed);
    const auto refuse = [&](std::string_view hint) {
        throw UsageError("'{}' is no registry: HOST or HOST:PORT is wanted", printable(text))
            .with_hint(std::string(hint));
    };
    if (text.find("://") != std::string::npos) refuse("leave out what stands before the host");
    if (text.find('/') != std::string::npos) refuse("leave out what stands behind the host");
    if (!registry::Reference::names_registry(text + "/")) refuse("");
    try {
        return registry::Reference::parse(text + "/any").registry;
    } catch (const UsageError&) {
        refuse("");
        throw;
    }
}

}  // namespace mincs::marten
