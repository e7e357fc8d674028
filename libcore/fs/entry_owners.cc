// See entry_owners.hh.
#include "libcore/fs/entry_owners.hh"

#include <sys/xattr.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "libcore/base/digest.hh"
#include "libcore/base/directory.hh"
#include "libcore/base/error.hh"
#include "libcore/base/log.hh"

namespace mincs::fs {
namespace {

constexpr std::string_view kDigits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
constexpr std::size_t kTagDigits = 5;
using TagSet = std::set<std::string, std::less<>>;
constexpr char kIncomplete = '+';
/// Every link that is noted takes reading it once, also where a file system has more room.
constexpr std::size_t kMaxText = 16u << 10;

/// Where among tags this one is; npos.
std::size_t place_of(std::string_view tag, std::string_view tags) {
    for (std::size_t at = 0; at < tags.size(); at += kTagDigits)
        if (tags.substr(at, kTagDigits) == tag) return at;
    return std::string_view::npos;
}

std::string_view take_until(std::string_view& text, char end) {
    const std::string_view taken = text.substr(0, text.find(end));
    text.remove_prefix(std::min(text.size(), taken.size() + 1));
    return taken;
}

/// Nothing where the link went meanwhile, or is none any more.
std::optional<std::string> tag_of(int directory, const std::string& name, mode_t mode) {
    char target[PATH_MAX];
    ssize_t size = 0;
    if (S_ISLNK(mode)) {
        size = readlinkat(directory, name.c_str(), target, sizeof target);
        if (size == -1 && (errno == ENOENT || errno == EINVAL)) return std::nullopt;
        check(size, "reading the link '{}'", printable(name));
    }
    return EntryOwners::tag(name, mode, {target, static_cast<std::size_t>(size)});
}

/// Nothing is noted where there is no such attribute, or a stranger's directory hides it.
EntryOwners read_owners(int directory) {
    char none;
    const std::string path = proc_path(directory);
    while (true) {
        const ssize_t size = getxattr(path.c_str(), kEntryOwners, &none, 0);
        if (size == -1 && (errno == ENODATA || errno == ENOTSUP || errno == EACCES)) return {};
        std::string text(static_cast<std::size_t>(check(size, "reading the owners noted there")),
                         '\0');
        const ssize_t got = getxattr(path.c_str(), kEntryOwners, text.data(), text.size());
        if (got == -1 && (errno == ERANGE || errno == ENODATA)) continue;  // written meanwhile
        text.resize(static_cast<std::size_t>(check(got, "reading the owners noted there")));
        return EntryOwners::parse(text);
    }
}

bool is_no_room(int code) {
    return code == ENOSPC || code == E2BIG || code == EDQUOT;
}

/// False where there is no room.
bool write_owners(int directory, const EntryOwners& owners) {
    const std::string path = proc_path(directory), text = owners.text();
    if (text.size() > kMaxText) return false;
    const int result = text.empty()
                           ? removexattr(path.c_str(), kEntryOwners)
                           : setxattr(path.c_str(), kEntryOwners, text.data(), text.size(), 0);
    if (result == 0 || (text.empty() && errno == ENODATA)) return true;
    if (!is_no_room(errno)) throw SysError(errno, "noting the owners of what is there");
    return false;
}

/// The tags of all that is in the directory and is noted there.
TagSet tags_in(int directory) {
    TagSet tags;
    for (const std::string& name : sorted_names(directory, "what is there")) {
        struct stat status;
        if (fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == -1 ||
            !is_noted_at_directory(status.st_mode))
            continue;
        if (auto tag = tag_of(directory, name, status.st_mode)) tags.insert(std::move(*tag));
    }
    return tags;
}

/// What a layer that lacks a directory, has something else in its place or hides it says to opening
/// it.
bool is_absence(int code) {
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == EACCES;
}

}  // namespace

// ---- the text ----

std::string EntryOwners::tag(std::string_view name, mode_t mode, std::string_view target) {
    const std::string hex =
        Digest::of(fmt::format("{:o}/{}/{}", mode & S_IFMT, name, target)).hex();
    auto bits = std::stoul(hex.substr(0, 8), nullptr, 16);
    std::string tag;
    for (std::size_t i = 0; i < kTagDigits; ++i, bits >>= 6) tag += kDigits[bits & 63u];
    return tag;
}

EntryOwners EntryOwners::parse(std::string_view text) {
    EntryOwners parsed;
    if (text.starts_with(kIncomplete)) {
        parsed.is_complete_ = false;
        text.remove_prefix(1);
    }
    while (!text.empty()) {
        std::string_view tags = take_until(text, ';');
        const auto owner = parse_owner_note(take_until(tags, '='));
        tags.remove_suffix(tags.size() % kTagDigits);
        if (owner && !tags.empty()) parsed.groups_.push_back({*owner, std::string(tags)});
    }
    return parsed;
}

std::string EntryOwners::text() const {
    std::string text;
    for (const Group& group : groups_)
        text +=
            fmt::format("{}{}={}", text.empty() ? "" : ";", owner_note(group.owner), group.tags);
    return is_complete_ ? text : kIncomplete + text;
}

Owner EntryOwners::find(std::string_view tag) const {
    for (const Group& group : groups_)
        if (place_of(tag, group.tags) != std::string_view::npos) return group.owner;
    return {};
}

void EntryOwners::set(std::string_view tag, const Owner& owner) {
    for (Group& group : groups_)
        if (const std::size_t at = place_of(tag, group.tags); at != std::string_view::npos)
            group.tags.erase(at, kTagDigits);
    if (!owner.is_root()) {
        auto group = std::find_if(groups_.begin(), groups_.end(),
                                  [&](const Group& it) { return it.owner == owner; });
        if (group == groups_.end()) group = groups_.insert(group, {owner, {}});
        group->tags += tag;
    }
    std::erase_if(groups_, [](const Group& group) { return group.tags.empty(); });
}

bool EntryOwners::forget_all_but(const TagSet& tags) {
    const std::vector<Group> before = std::exchange(groups_, {});
    std::size_t forgotten = 0;
    for (const Group& group : before)
        for (std::string_view rest = group.tags; !rest.empty(); rest.remove_prefix(kTagDigits))
            if (const auto tag = rest.substr(0, kTagDigits); tags.contains(tag))
                set(tag, group.owner);
            else
                ++forgotten;
    return forgotten > 0;
}

void EntryOwners::leave_out_one() {
    is_complete_ = false;
    if (!groups_.empty()) set(groups_.back().tags.substr(0, kTagDigits), {});
}

// ---- the attribute ----

Owner owner_of_entry(int directory, const std::string& name, const struct stat& status) {
    const Owner own{status.st_uid, status.st_gid};
    if (!notes_owners()) return own;
    if (!is_noted_at_directory(status.st_mode))
        return owner_of(proc_path(directory) + "/" + name, status);
    const EntryOwners owners = read_owners(directory);
    const auto tag = owners.empty() ? std::nullopt : tag_of(directory, name, status.st_mode);
    const Owner noted = tag ? owners.find(*tag) : Owner{};
    return noted.is_root() ? own : noted;
}

void note_owner_of_entry(int directory, const std::string& name, mode_t mode, const Owner& owner) {
    EntryOwners owners = read_owners(directory);
    const auto tag = tag_of(directory, name, mode);
    if (!tag || owners.find(*tag) == owner) return;
    const bool was_complete = owners.is_complete();
    owners.set(*tag, owner);
    if (write_owners(directory, owners) || !was_complete) return;
    // Of what is no more there may be notes still.
    if (owners.forget_all_but(tags_in(directory)) && write_owners(directory, owners)) return;
    do {
        if (owners.empty()) return;
        owners.leave_out_one();
    } while (!write_owners(directory, owners));
    warning("the directory of '{}' has no room to note whose all its links are, ignoring",
            printable(name));
}

bool has_all_owners(int directory) {
    return read_owners(directory).is_complete();
}

// ---- merged trees ----

StackedOwners::StackedOwners(const std::vector<std::string>& topmost_first) {
    for (const std::string& directory : topmost_first) layers_.push_back(RootDir::open(directory));
}

void StackedOwners::put_back(std::string_view path, struct stat& status) const {
    if (!is_noted_at_directory(status.st_mode)) return;
    const std::size_t slash = path.rfind('/');
    const bool is_at_top = slash == std::string_view::npos;
    const std::string_view parent = is_at_top ? "." : path.substr(0, slash);
    const std::string name(is_at_top ? path : path.substr(slash + 1));
    for (const RootDir& layer : layers_) {
        struct stat here;
        Fd directory;
        try {
            directory = layer.open_no_links(parent, O_PATH | O_DIRECTORY);
        } catch (const SysError& error) {
            if (!is_absence(error.code())) throw;
            continue;
        }
        if (fstatat(directory.get(), name.c_str(), &here, AT_SYMLINK_NOFOLLOW) == -1) continue;
        if ((here.st_mode & S_IFMT) != (status.st_mode & S_IFMT)) return;
        const Owner owner = owner_of_entry(directory.get(), name, here);
        status.st_uid = owner.uid;
        status.st_gid = owner.gid;
        return;
    }
}

}  // namespace mincs::fs
