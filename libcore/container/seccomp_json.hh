// Rules for system calls as JSON: the part `linux.seccomp` of an OCI config.json, of which docker's
// profile files (seccomp_file.hh) are a superset.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "libcore/container/seccomp_rules.hh"

namespace mincs::container {

nlohmann::json seccomp_to_json(const SeccompProfile& profile);

/// Throws Error naming `what` where it is none, has an action that nobody here could answer
/// (SCMP_ACT_TRACE, SCMP_ACT_NOTIFY), or says something that is not known and would go unheard.
SeccompProfile seccomp_from_json(const nlohmann::json& json, std::string_view what);

/// One entry of its "syscalls".
SeccompRule seccomp_rule_from_json(const nlohmann::json& json, std::string_view what);

}  // namespace mincs::container
