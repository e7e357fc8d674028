// Places of images as people type them: a reference of a registry, "oci:DIR[:TAG]",
// "oci-archive:FILE[:TAG]", "docker-archive:FILE[:NAME]". The words are skopeo's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libimage/archive.hh"
#include "libimage/target.hh"

namespace mincs::image {

struct Place {
    enum class Kind { kRegistry, kLayout, kOciArchive, kDockerArchive };
    Kind kind = Kind::kRegistry;
    std::string path;  ///< of a layout or archive; "-" is stdin or stdout
    std::string name;  ///< TAG or NAME, maybe empty; of a registry: the reference as typed

    /// The path ends at the first ':'. UsageError where there is none, or where the name is no
    /// reference.
    static Place parse(std::string_view typed);
};

/// A layout or archive as a source; a place in a registry is RegistrySource's business.
std::unique_ptr<Source> open_source(const Place& place, const ArchiveOptions& options);
/// An archive whose kind nobody named: an OCI layout in it goes before docker's manifest.json, as
/// it keeps digests and all platforms. Error where it is the tar of a root.
std::unique_ptr<Source> make_source(std::shared_ptr<const Members> members);
/// A layout or archive as a target.
std::unique_ptr<Target> open_target(const Place& place);

/// Opens the file, or stdin for "-".
struct NamedFile {
    Fd fd;
    std::string name;  ///< in quotes
};
NamedFile open_input(const std::string& path);

}  // namespace mincs::image
