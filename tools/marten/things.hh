// What a person may mean by one word where images and containers will both do.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "db/containers.hh"
#include "db/images.hh"

namespace mincs::marten {

using Thing = std::variant<db::Image, db::Container>;

/// By name or an ID's prefix. Error where there is neither, and where there are both.
Thing get_thing(db::Store& store, std::string_view typed);
const std::string& id_of(const Thing& thing);

/// A container's name, else its short ID.
std::string label_of(const db::Container& container);

}  // namespace mincs::marten
