// Names of images as a person or an archive writes them. What is understood must read back as the
// same, in both ways it is written, and must be safe in a URL, a path and a terminal.
#include "libcore/base/error.hh"
#include "libimage/place.hh"
#include "libregistry/reference.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {

int fuzz_reference(const std::uint8_t* data, std::size_t size) {
    using registry::Reference;
    accepts([&] { image::Place::parse(text_of(data, size)); });
    Reference reference;
    if (!accepts([&] { reference = Reference::parse(text_of(data, size)); })) return 0;
    const std::string whole = reference.to_string();
    expect(Reference::parse(whole).to_string() == whole, "a whole name reads back");
    expect(Reference::parse(reference.familiar_name()).to_string() == whole,
           "a familiar name reads back");
    expect(printable(whole) == whole && whole.find(' ') == std::string::npos,
           "a name is printable");
    expect(whole.find("..") == std::string::npos || reference.tag.find("..") != std::string::npos,
           "a name has no '..' but in its tag");
    expect(reference.repository.find("//") == std::string::npos &&
               !reference.repository.starts_with('/') && !reference.repository.ends_with('/'),
           "a repository has no empty part");
    expect(!reference.manifest_key().empty() && !reference.api_host().empty(),
           "a name leads somewhere");
    return 0;
}

}  // namespace mincs::fuzz
