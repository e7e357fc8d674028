// See place.hh.
#include "libimage/place.hh"

#include "libcore/base/error.hh"
#include "libimage/archive_target.hh"
#include "libimage/docker_source.hh"
#include "libimage/layout_target.hh"
#include "libimage/oci_source.hh"

namespace mincs::image {
namespace {

struct Prefix {
    std::string_view text;
    Place::Kind kind;
};
constexpr Prefix kPrefixes[] = {{"oci:", Place::Kind::kLayout},
                                {"oci-archive:", Place::Kind::kOciArchive},
                                {"docker-archive:", Place::Kind::kDockerArchive}};

std::shared_ptr<const Members> open_members(const std::string& path,
                                            const ArchiveOptions& options) {
    NamedFile input = open_input(path);
    auto archive = open_archive(std::move(input.fd), input.name, options);
    if (auto* members = std::get_if<std::shared_ptr<const Members>>(&archive))
        return std::move(*members);
    throw Error("{}: there are no images in it, it is the tar of a root", input.name)
        .with_hint("'marten import' makes an image of it");
}

}  // namespace

Place Place::parse(std::string_view typed) {
    for (const Prefix& prefix : kPrefixes) {
        if (!typed.starts_with(prefix.text)) continue;
        const std::string_view rest = typed.substr(prefix.text.size());
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        Place place{prefix.kind, std::string(rest.substr(0, colon)),
                    std::string(rest.substr(std::min(colon + 1, rest.size())))};
        if (place.path.empty())
            throw UsageError("'{}': the name of a file is missing", printable(typed));
        return place;
    }
    registry::Reference::parse(typed);  // throws where it is none
    return {Kind::kRegistry, "", std::string(typed)};
}

NamedFile open_input(const std::string& path) {
    if (path == "-" && isatty(STDIN_FILENO))
        throw UsageError("stdin is a terminal and no archive").with_hint("'< FILE', or a pipe");
    if (path == "-")
        return {Fd(check(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), "duplicating stdin")), "stdin"};
    const std::string name = "'" + printable(path) + "'";
    return {Fd(check(open(path.c_str(), O_RDONLY | O_NOCTTY | O_CLOEXEC), "opening {}", name)),
            name};
}

std::unique_ptr<Source> make_source(std::shared_ptr<const Members> members) {
    if (OciSource::is_layout(*members)) return std::make_unique<OciSource>(std::move(members));
    return std::make_unique<DockerSource>(std::move(members));
}

std::unique_ptr<Source> open_source(const Place& place, const ArchiveOptions& options) {
    switch (place.kind) {
        case Place::Kind::kLayout:
            return std::make_unique<OciSource>(
                std::make_shared<DirectoryMembers>(fs::RootDir::open(place.path)), place.name);
        case Place::Kind::kOciArchive:
            return std::make_unique<OciSource>(open_members(place.path, options), place.name);
        case Place::Kind::kDockerArchive:
            return std::make_unique<DockerSource>(open_members(place.path, options), place.name);
        case Place::Kind::kRegistry:
            break;
    }
    throw Error("'{}' is in a registry", printable(place.name));
}

std::unique_ptr<Target> open_target(const Place& place) {
    switch (place.kind) {
        case Place::Kind::kLayout:
            return std::make_unique<LayoutTarget>(place.path, place.name);
        case Place::Kind::kOciArchive:
            return std::make_unique<ArchiveTarget>(ArchiveForm::kOci, place.path, place.name);
        case Place::Kind::kDockerArchive:
            return std::make_unique<ArchiveTarget>(ArchiveForm::kDocker, place.path);
        case Place::Kind::kRegistry:
            break;
    }
    throw Error("'{}' is in a registry", printable(place.name));
}

}  // namespace mincs::image
