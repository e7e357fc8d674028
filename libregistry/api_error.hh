// What a registry's refusal means, in one line: its own words where it has some (distribution-spec,
// "Error Codes"), cleaned and cut, else the status in ours.
#pragma once

#include <string_view>

#include "libregistry/http.hh"

namespace mincs::registry {

/// "manifest unknown (HTTP 404)", `prefix` before it; says by its status whether trying again
/// helps.
TransferError status_error(const HttpResponse& response, std::string_view prefix = "");

}  // namespace mincs::registry
