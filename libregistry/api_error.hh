// What a registry's refusal means, in one line: its own words where it has some (distribution-spec,
// "Error Codes"), cleaned and cut, else the status in ours.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "libregistry/http.hh"

namespace mincs::registry {

/// "manifest unknown (HTTP 404)", `prefix` before it; says by its status whether trying again
/// helps.
TransferError status_error(const HttpResponse& response, std::string_view prefix = "");

/// Retry-After in seconds or as a date (RFC 9110, section 10.2.3); nothing where it is neither.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value);

}  // namespace mincs::registry
