// See users.hh. File formats: passwd(5), group(5).
#include "libcore/container/users.hh"

#include <algorithm>
#include <optional>
#include <vector>

#include "libcore/base/units.hh"

namespace mincs::container {
namespace {

// -1 means "unchanged" to setresuid(2), so the highest ID is one less.
constexpr std::int64_t kMaxId = 4294967294;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<std::uint32_t> id_of(std::string_view text) {
    if (!is_number(text) || text.size() > 10) return std::nullopt;
    const std::int64_t value = std::stoll(std::string(text));
    if (value > kMaxId) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

struct PasswdLine {
    std::string name;
    uid_t uid;
    gid_t gid;
    std::string home;
};

std::optional<PasswdLine> find_passwd_line(std::string_view passwd, std::string_view user) {
    for (const std::string_view line : split(passwd, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 6) continue;
        const auto uid = id_of(fields[2]);
        const auto gid = id_of(fields[3]);
        if (!uid || !gid) continue;
        const bool match = is_number(user) ? id_of(user) == uid : fields[0] == user;
        if (match)
            return PasswdLine{std::string(fields[0]), *uid, *gid,
                              fields[5].starts_with('/') ? std::string(fields[5]) : "/"};
    }
    return std::nullopt;
}

std::optional<gid_t> find_group(std::string_view groups, std::string_view name) {
    for (const std::string_view line : split(groups, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() >= 3 && fields[0] == name) return id_of(fields[2]);
    }
    return std::nullopt;
}

std::vector<gid_t> groups_of(std::string_view groups, std::string_view user_name) {
    constexpr std::size_t kMaxGroups =
        1024;  // far below NGROUPS_MAX; an image's file is not trusted
    std::vector<gid_t> found;
    for (const std::string_view line : split(groups, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 4 || found.size() >= kMaxGroups) continue;
        const auto members = split(fields[3], ',');
        const auto gid = id_of(fields[2]);
        if (gid && std::find(members.begin(), members.end(), user_name) != members.end())
            found.push_back(*gid);
    }
    return found;
}

}  // namespace

ResolvedUser resolve_user(std::string_view text, const fs::RootDir& root) {
    const std::string passwd = root.read_file_if_exists("/etc/passwd").value_or("");
    const std::string groups = root.read_file_if_exists("/etc/group").value_or("");
    const std::size_t colon = text.find(':');
    const std::string_view user = text.empty() ? "0" : text.substr(0, colon);

    ResolvedUser resolved;
    if (const auto line = find_passwd_line(passwd, user)) {
        resolved.user = {line->uid, line->gid, {}};
        resolved.home = line->home;
        if (colon == std::string_view::npos)
            resolved.user.additional_gids = groups_of(groups, line->name);
    } else if (is_number(user)) {
        resolved.user.uid = static_cast<uid_t>(parse_number(user, "a user ID", 0, kMaxId));
    } else {
        throw UsageError("the user '{}' does not stand in /etc/passwd of {}", printable(user),
                         root.name());
    }
    if (colon == std::string_view::npos) return resolved;

    const std::string_view group = text.substr(colon + 1);
    if (is_number(group)) {
        resolved.user.gid = static_cast<gid_t>(parse_number(group, "a group ID", 0, kMaxId));
    } else if (const auto gid = find_group(groups, group)) {
        resolved.user.gid = *gid;
    } else {
        throw UsageError("the group '{}' does not stand in /etc/group of {}", printable(group),
                         root.name());
    }
    return resolved;
}

void set_user(Process& process, const std::string& text, bool sets_home, const fs::RootDir& root) {
    if (text.empty()) return;
    const ResolvedUser who = resolve_user(text, root);
    process.user = who.user;
    if (!sets_home) return;
    std::erase_if(process.env, [](const std::string& it) { return it.starts_with("HOME="); });
    process.env.push_back("HOME=" + who.home);
}

}  // namespace mincs::container
