// Everything of a tree that a layer keeps, as text: two trees are equal if their listings are.
#pragma once

#include <string>

namespace mincs::layer {

/// One line an entry, sorted: path, type, mode, owner, size, mtime, link target, device, number and
/// first name of hard links, digest of the content, xattrs.
std::string list_tree(const std::string& root);

}  // namespace mincs::layer
