// See seccomp_json.hh.
#include "libcore/container/seccomp_json.hh"

#include <algorithm>
#include <initializer_list>

#include "libcore/base/error.hh"
#include "libcore/base/json.hh"

namespace mincs::container {
namespace {

constexpr std::pair<const char*, SeccompAction> kActions[] = {
    {"SCMP_ACT_ALLOW", SeccompAction::kAllow},
    {"SCMP_ACT_LOG", SeccompAction::kLog},
    {"SCMP_ACT_ERRNO", SeccompAction::kErrno},
    {"SCMP_ACT_TRAP", SeccompAction::kTrap},
    {"SCMP_ACT_KILL_THREAD", SeccompAction::kKillThread},
    {"SCMP_ACT_KILL_PROCESS", SeccompAction::kKillProcess},
    {"SCMP_ACT_KILL", SeccompAction::kKillThread},  // its older name
};

constexpr std::pair<const char*, SeccompOperator> kOperators[] = {
    {"SCMP_CMP_NE", SeccompOperator::kNotEqual},
    {"SCMP_CMP_LT", SeccompOperator::kLess},
    {"SCMP_CMP_LE", SeccompOperator::kLessOrEqual},
    {"SCMP_CMP_EQ", SeccompOperator::kEqual},
    {"SCMP_CMP_GE", SeccompOperator::kGreaterOrEqual},
    {"SCMP_CMP_GT", SeccompOperator::kGreater},
    {"SCMP_CMP_MASKED_EQ", SeccompOperator::kMaskedEqual},
};

template <typename Table, typename Value>
const char* name_in(const Table& table, Value value) {
    return std::find_if(std::begin(table), std::end(table),
                        [&](const auto& entry) { return entry.second == value; })
        ->first;
}

SeccompAction action_of(const std::string& name, std::string_view what) {
    for (const auto& [known, action] : kActions)
        if (name == known) return action;
    if (name == "SCMP_ACT_TRACE" || name == "SCMP_ACT_NOTIFY")
        throw Error("{}: {} needs a program that answers, and there is none", what, name);
    throw Error("{}: '{}' is no action", what, printable(name));
}

SeccompOperator operator_of(const std::string& name, std::string_view what) {
    for (const auto& [known, op] : kOperators)
        if (name == known) return op;
    throw Error("{}: '{}' is no comparison", what, printable(name));
}

void refuse_unknown(const Json& object, std::initializer_list<std::string_view> known,
                    std::string_view what) {
    if (!object.is_object()) throw Error("{}: expected a JSON object", what);
    for (const auto& member : object.items())
        if (std::find(known.begin(), known.end(), member.key()) == known.end())
            throw Error("{}: '{}' is not known here", what, printable(member.key()));
}

const Json& list_of(const Json& object, const char* key, std::string_view what) {
    static const Json kNone = Json::array();
    const auto member = object.find(key);
    if (member == object.end() || member->is_null()) return kNone;
    if (!member->is_array()) throw Error("{}: '{}' is no list", what, key);
    return *member;
}

std::uint64_t number_of(const Json& object, const char* key, std::uint64_t highest,
                        std::uint64_t otherwise, std::string_view what) {
    const auto member = object.find(key);
    if (member == object.end() || member->is_null()) return otherwise;
    if (!member->is_number_unsigned() || member->get<std::uint64_t>() > highest)
        throw Error("{}: '{}' is no number up to {}", what, key, highest);
    return member->get<std::uint64_t>();
}

constexpr unsigned kHighestErrno = 4095;

/// "errnoRet", a number; podman writes the name, "errno", beside it or in its place.
unsigned errno_of(const Json& object, const char* number, const char* name, std::string_view what) {
    const auto wanted = json_string_if(object, name, what);
    const auto given = object.find(number);
    if (!wanted || (given != object.end() && !given->is_null()))
        return static_cast<unsigned>(number_of(object, number, kHighestErrno, EPERM, what));
    for (int code = 1; code <= static_cast<int>(kHighestErrno); ++code)
        if (const char* known = strerrorname_np(code); known && *wanted == known)
            return static_cast<unsigned>(code);
    throw Error("{}: '{}' is no error", what, printable(*wanted));
}

SeccompArg parse_arg(const Json& json, std::string_view what) {
    refuse_unknown(json, {"index", "value", "valueTwo", "op"}, what);
    SeccompArg arg;
    arg.index = static_cast<unsigned>(number_of(json, "index", 5, 0, what));
    arg.value = number_of(json, "value", UINT64_MAX, 0, what);
    arg.value_two = number_of(json, "valueTwo", UINT64_MAX, 0, what);
    arg.op = operator_of(json_string(json, "op", what), what);
    return arg;
}

Json rule_to_json(const SeccompRule& rule) {
    Json json = {{"names", rule.names}, {"action", name_in(kActions, rule.action)}};
    if (rule.action == SeccompAction::kErrno) json["errnoRet"] = rule.errno_ret;
    for (const SeccompArg& arg : rule.args)
        json["args"].push_back({{"index", arg.index},
                                {"value", arg.value},
                                {"valueTwo", arg.value_two},
                                {"op", name_in(kOperators, arg.op)}});
    return json;
}

}  // namespace

Json seccomp_to_json(const SeccompProfile& profile) {
    Json json = {{"defaultAction", name_in(kActions, profile.default_action)},
                 {"architectures", profile.architectures},
                 {"syscalls", Json::array()}};
    if (profile.default_action == SeccompAction::kErrno)
        json["defaultErrnoRet"] = profile.default_errno;
    for (const SeccompRule& rule : profile.rules) json["syscalls"].push_back(rule_to_json(rule));
    return json;
}

SeccompRule seccomp_rule_from_json(const Json& json, std::string_view what) {
    refuse_unknown(json, {"names", "action", "errnoRet", "errno", "args", "comment"}, what);
    SeccompRule rule;
    rule.names = json_strings_if(json, "names", what);
    if (rule.names.empty()) throw Error("{}: it names no system call", what);
    rule.action = action_of(json_string(json, "action", what), what);
    rule.errno_ret = errno_of(json, "errnoRet", "errno", what);
    for (const Json& arg : list_of(json, "args", what)) rule.args.push_back(parse_arg(arg, what));
    return rule;
}

SeccompProfile seccomp_from_json(const Json& json, std::string_view what) {
    refuse_unknown(json,
                   {"defaultAction", "defaultErrnoRet", "defaultErrno", "architectures", "syscalls",
                    "comment"},
                   what);
    SeccompProfile profile;
    profile.default_action = action_of(json_string(json, "defaultAction", what), what);
    profile.default_errno = errno_of(json, "defaultErrnoRet", "defaultErrno", what);
    profile.architectures = json_strings_if(json, "architectures", what);
    std::size_t index = 0;
    for (const Json& rule : list_of(json, "syscalls", what))
        profile.rules.push_back(
            seccomp_rule_from_json(rule, fmt::format("{}: syscalls[{}]", what, index++)));
    return profile;
}

}  // namespace mincs::container
