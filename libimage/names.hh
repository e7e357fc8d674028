// Names of images as archives write them, turned into whole references. An archive is a stranger: a
// name that is none is passed over, and one with a digest in it must be true.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/base/digest.hh"

namespace mincs::image {

/// A RepoTag of a docker-archive, or docker's and containerd's annotation: "debian:12" means
/// "docker.io/library/debian:12", as for docker.
std::optional<std::string> docker_name(std::string_view text, const Digest& manifest);
/// The ref.name annotation of a layout: whole references only, "mine:1" being "localhost/mine:1";
/// a bare tag ("latest") is no name.
std::optional<std::string> layout_name(std::string_view text, const Digest& manifest);
/// Adds where it is not in the list yet.
void add_name(std::vector<std::string>& names, std::optional<std::string> name);
/// "'a', 'b'", for errors that list what there is; cut where there are many.
std::string list_of_names(const std::vector<std::string>& names);

}  // namespace mincs::image
