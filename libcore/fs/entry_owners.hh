// Owners of what can bear no note of its own (fs/owner_note.hh): xattr(7) lets `user.*` be set on
// files and directories only, so that of a link, fifo or socket the directory that names it says
// whose it is. It says so of this very thing, told by its name, its kind and the link's target:
// another one that is made in its place is nobody's but its maker's.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/owner_note.hh"
#include "libcore/fs/root_dir.hh"

namespace mincs::fs {

/// The attribute: "UID:GID=TAGS" for each owner but root, decimal, joined by ';'. TAGS are the
/// things that are his, five characters each without anything between. In front stands '+' where
/// some had no room: ext4 takes one block of attributes, some 800 things a directory; 16 KiB are
/// the most anywhere.
inline constexpr const char* kEntryOwners = "user.mincs.owners";

/// What an attribute says.
class EntryOwners {
 public:
    /// 30 bits of a digest of what tells the thing from others in its directory, as five
    /// characters. `target`: of a link; else empty.
    static std::string tag(std::string_view name, mode_t mode, std::string_view target);

    /// What is no such text says nothing: a container's root may write there what he likes.
    static EntryOwners parse(std::string_view text);
    std::string text() const;

    /// Root where nothing is said.
    Owner find(std::string_view tag) const;
    void set(std::string_view tag, const Owner& owner);
    /// True where that forgot something.
    bool forget_all_but(const std::set<std::string, std::less<>>& tags);
    /// Leaves something out, so that there is room to say that something is.
    void leave_out_one();
    bool is_complete() const { return is_complete_; }
    bool empty() const { return groups_.empty(); }

 private:
    struct Group {
        Owner owner;
        std::string tags;  ///< one after the other; never none
    };
    std::vector<Group> groups_;
    bool is_complete_ = true;
};

/// Whether a thing's owner stands at its directory. Devices have notes (fs/device_note.hh).
inline bool is_noted_at_directory(mode_t mode) {
    return S_ISLNK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

/// Whose an entry of a directory is in its image, whatever it is. `directory`: a descriptor of any
/// kind; `status` is the entry's own. Throws SysError naming it.
Owner owner_of_entry(int directory, const std::string& name, const struct stat& status);

/// Notes the owner of what is noted there. Where the directory has no room for all, some are left
/// out, and has_all_owners() is false.
void note_owner_of_entry(int directory, const std::string& name, mode_t mode, const Owner& owner);

/// Whether the directory says of all in it whose it is.
bool has_all_owners(int directory);

/// A directory that several layers have shows the attributes of the topmost one only. So whoever
/// reads the merged tree asks the layers themselves: the first that has the thing knows.
class StackedOwners {
 public:
    explicit StackedOwners(const std::vector<std::string>& topmost_first);
    /// Puts the image's owner into the status of what is noted at its directory; `path` is relative
    /// to the root. What is gone meanwhile stays as it was found.
    void put_back(std::string_view path, struct stat& status) const;

 private:
    std::vector<RootDir> layers_;
};

}  // namespace mincs::fs
