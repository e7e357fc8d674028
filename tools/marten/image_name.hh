// Names of images made here. A name typed without a registry gets "localhost/", as podman does: it
// did not come from Docker Hub, and must not look so.
#pragma once

#include <string>
#include <string_view>

#include "libregistry/reference.hh"

namespace mincs::marten {

/// "mine" -> "localhost/mine:latest"; "quay.io/org/app:1" stays. Throws UsageError, also for a
/// digest and for "host", which is the host's own root.
std::string local_image_name(std::string_view typed);
/// What an image pulled by this reference is called: the digest where pinned (its tag may move),
/// else the tag.
std::string pulled_image_name(registry::Reference reference);

}  // namespace mincs::marten
