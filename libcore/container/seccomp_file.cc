// See seccomp_file.hh. What depends on something is decided here; what is left is an OCI filter.
#include "libcore/container/seccomp_file.hh"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>

#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/base/json.hh"
#include "libcore/container/capabilities.hh"
#include "libcore/container/seccomp_builtin.hh"
#include "libcore/container/seccomp_json.hh"

namespace mincs::container {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

bool runs_kernel(const std::string& at_least, std::string_view what) {
    int major = 0, minor = 0, wanted_major = 0, wanted_minor = 0;
    utsname name = {};
    uname(&name);
    std::sscanf(name.release, "%d.%d", &major, &minor);
    if (std::sscanf(at_least.c_str(), "%d.%d", &wanted_major, &wanted_minor) != 2)
        throw Error("{}: '{}' is no kernel version", what, printable(at_least));
    return std::pair(major, minor) >= std::pair(wanted_major, wanted_minor);
}

/// "includes" or "excludes" of a rule.
struct Condition {
    std::vector<std::string> caps, arches;
    std::optional<std::string> min_kernel;

    Condition(const Json& rule, const char* key, std::string_view what) {
        const auto member = rule.find(key);
        if (member == rule.end() || member->is_null()) return;
        if (!member->is_object()) throw Error("{}: '{}' is no object", what, key);
        for (const auto& part : member->items())
            if (!contains({"caps", "arches", "minKernel"}, part.key()))
                throw Error("{}: '{}' in '{}' is not known here", what, printable(part.key()), key);
        caps = json_strings_if(*member, "caps", what);
        arches = json_strings_if(*member, "arches", what);
        min_kernel = json_string_if(*member, "minKernel", what);
    }
};

/// A capability that this library does not know is one that no container has.
bool holds(const std::vector<int>& capabilities, const std::string& name) {
    return std::any_of(capabilities.begin(), capabilities.end(),
                       [&](int capability) { return capability_name(capability) == name; });
}

bool applies(const Json& rule, const std::vector<int>& capabilities, const Architecture& machine,
             std::string_view what) {
    const std::string arch(machine.name);
    const auto is_held = [&](const std::string& name) { return holds(capabilities, name); };
    const Condition includes(rule, "includes", what), excludes(rule, "excludes", what);
    if (!std::all_of(includes.caps.begin(), includes.caps.end(), is_held)) return false;
    if (std::any_of(excludes.caps.begin(), excludes.caps.end(), is_held)) return false;
    if (!includes.arches.empty() && !contains(includes.arches, arch)) return false;
    if (contains(excludes.arches, arch)) return false;
    if (includes.min_kernel && !runs_kernel(*includes.min_kernel, what)) return false;
    return !excludes.min_kernel || !runs_kernel(*excludes.min_kernel, what);
}

/// What "archMap" says of this machine, as an OCI list.
Json architectures_of(const Json& arch_map, const Architecture& machine, std::string_view what) {
    const std::string name = seccomp_architectures(machine).front();
    if (!arch_map.is_array()) throw Error("{}: 'archMap' is no list", what);
    for (const Json& entry : arch_map) {
        if (json_string(entry, "architecture", what) != name) continue;
        Json list = json_strings_if(entry, "subArchitectures", what);
        list.insert(list.begin(), name);
        return list;
    }
    return Json::array();
}

/// The rule without what was decided; a single "name" is an older form of "names".
Json plain_rule(Json rule, std::string_view what) {
    for (const char* key : {"includes", "excludes"}) rule.erase(key);
    if (const auto name = json_string_if(rule, "name", what)) {
        if (rule.contains("names")) throw Error("{}: both 'name' and 'names' are there", what);
        rule["names"] = Json::array({*name});
        rule.erase("name");
    }
    return rule;
}

}  // namespace

SeccompProfile parse_seccomp_file(std::string_view text, const std::vector<int>& capabilities,
                                  std::string_view what, const Architecture& machine) {
    Json document = parse_json(text, what);
    if (!document.is_object()) throw Error("{}: it is no JSON object", what);
    if (const auto map = document.find("archMap"); map != document.end() && !map->is_null()) {
        if (!json_strings_if(document, "architectures", what).empty())
            throw Error("{}: both 'architectures' and 'archMap' are there", what);
        document["architectures"] = architectures_of(*map, machine, what);
    }
    const Json rules = document.value("syscalls", Json::array());
    if (!rules.is_array()) throw Error("{}: 'syscalls' is no list", what);
    for (const char* key : {"archMap", "syscalls"}) document.erase(key);
    SeccompProfile profile = seccomp_from_json(document, what);
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const std::string where = fmt::format("{}: syscalls[{}]", what, i);
        if (!rules[i].is_object()) throw Error("{}: it is no object", where);
        if (applies(rules[i], capabilities, machine, where))
            profile.rules.push_back(seccomp_rule_from_json(plain_rule(rules[i], where), where));
    }
    return profile;
}

SeccompProfile read_seccomp_file(const std::string& path, const std::vector<int>& capabilities,
                                 const Architecture& machine) {
    return parse_seccomp_file(read_file(path), capabilities,
                              fmt::format("the seccomp profile '{}'", printable(path)), machine);
}

}  // namespace mincs::container
