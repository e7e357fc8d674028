// See mount.hh.
#include "libcore/fs/mount.hh"

#include <sys/mount.h>

#include <charconv>
#include <map>

#include "libcore/base/files.hh"

namespace mincs::fs {
namespace {

/// What the kernel logged into the file system context, the only place where it says *why*
/// (fsopen(2)).
std::string context_message(int context) {
    char buffer[512];
    const ssize_t got = read(context, buffer, sizeof buffer - 1);
    if (got <= 2) return "";
    // "e text", "w text" or "i text"
    std::string_view text(buffer + 2, static_cast<std::size_t>(got - 2));
    while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
    return fmt::format(" ({})", text);
}

std::string unescape_octal(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int code = 0;
        if (text[i] == '\\' && i + 3 < text.size() &&
            std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr ==
                text.data() + i + 4) {
            out += static_cast<char>(code);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::vector<std::string_view> split_words(std::string_view line) {
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t blank = line.find(' ');
        words.push_back(line.substr(0, blank));
        if (blank == std::string_view::npos) break;
        line.remove_prefix(blank + 1);
    }
    return words;
}

}  // namespace

Fd new_filesystem(const std::string& type, const std::vector<MountParameter>& parameters,
                  std::uint64_t attributes) {
    const Fd context(
        check(fsopen(type.c_str(), FSOPEN_CLOEXEC), "opening the file system '{}'", type));
    for (const MountParameter& parameter : parameters) {
        const std::size_t equals = parameter.find('=');
        const std::string key = parameter.substr(0, equals);
        const bool flag = equals == std::string::npos;
        const int result = flag
                               ? fsconfig(context.get(), FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0)
                               : fsconfig(context.get(), FSCONFIG_SET_STRING, key.c_str(),
                                          parameter.c_str() + equals + 1, 0);
        if (result == -1) {
            const int code = errno;
            throw SysError(code, "configuring {} with '{}'{}", type, parameter,
                           context_message(context.get()));
        }
    }
    if (fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == -1) {
        const int code = errno;
        throw SysError(code, "creating the {}{}", type, context_message(context.get()));
    }
    return Fd(check(fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)),
                    "mounting the {}", type));
}

Fd clone_mount(int dir_fd, const std::string& path, bool recursive) {
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    if (recursive) flags |= AT_RECURSIVE;
    if (path.empty()) flags |= AT_EMPTY_PATH;
    return Fd(check(open_tree(dir_fd, path.c_str(), flags), "binding '{}'", printable(path)));
}

void add_mount_attributes(int mount_fd, std::uint64_t attributes, bool recursive) {
    if (attributes == 0) return;
    mount_attr change = {};
    change.attr_set = attributes;
    const unsigned flags = AT_EMPTY_PATH | (recursive ? unsigned{AT_RECURSIVE} : 0u);
    check(mount_setattr(mount_fd, "", flags, &change, sizeof change), "setting a mount's flags");
}

void attach_mount(int mount_fd, int target_fd, std::string_view what) {
    check(
        move_mount(mount_fd, "", target_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
        "mounting on '{}'", printable(what));
}

void make_all_mounts_private() {
    check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr),
          "making the mount namespace private");
}

std::uint64_t mount_attributes(const std::vector<std::string>& options,
                               std::vector<std::string>& rest) {
    static const std::map<std::string_view, std::uint64_t> kAttributes = {
        {"ro", MOUNT_ATTR_RDONLY},
        {"nosuid", MOUNT_ATTR_NOSUID},
        {"nodev", MOUNT_ATTR_NODEV},
        {"noexec", MOUNT_ATTR_NOEXEC},
        {"noatime", MOUNT_ATTR_NOATIME}};
    std::uint64_t bits = 0;
    for (const std::string& option : options) {
        const auto found = kAttributes.find(option);
        if (found != kAttributes.end()) {
            bits |= found->second;
        } else {
            rest.push_back(option);
        }
    }
    return bits;
}

std::vector<MountInfo> parse_mountinfo(std::string_view text) {
    std::vector<MountInfo> mounts;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::vector<std::string_view> words = split_words(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        // "36 35 98:0 /root /point options [optional fields] - type source super-options"
        std::size_t dash = 6;
        while (dash < words.size() && words[dash] != "-") ++dash;
        if (words.size() < dash + 4) continue;
        mounts.push_back({unescape_octal(words[3]), unescape_octal(words[4]),
                          std::string(words[dash + 1]), unescape_octal(words[dash + 2]),
                          std::string(words[dash + 3])});
    }
    return mounts;
}

std::vector<MountInfo> read_mountinfo() {
    return parse_mountinfo(read_file("/proc/self/mountinfo", 64u << 20));
}

}  // namespace mincs::fs
