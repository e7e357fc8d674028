// The directory that a layer's next entry goes to. Tars list a directory's entries together, so the
// cursor keeps the descriptors from the root down to where it stands and walks only the part that
// differs: an entry usually costs no lookup at all. It walks one name at a time and never through a
// link.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"

namespace mincs::layer {

class FileMaker;
class NoteTaker;

/// Levels of directories a layer may have. Linux's PATH_MAX allows 2048; each costs a descriptor.
inline constexpr std::size_t kMaxDepth = 512;

/// Not for use by several threads. Nobody else may change the tree meanwhile.
class DirectoryCursor {
 public:
    /// `notes`: told of directories that are made.
    DirectoryCursor(const fs::RootDir& root, FileMaker& maker, NoteTaker& notes);
    DirectoryCursor(const DirectoryCursor&) = delete;

    /// Moves to the directory `path` ("a/b/c", checked: no empty, "." or ".." component; "" is the
    /// root) and returns its O_PATH descriptor, valid until the next call. Missing directories are
    /// made. Throws Error, naming `entry`, where a link or another non-directory stands in the way.
    int enter(std::string_view path, std::string_view entry);
    /// The directory `path` for looking only, without moving; valid like enter()'s and as long as
    /// `holder`. -1 and errno where it does not exist or a link is on the way.
    int find(std::string_view path, Fd& holder) const;
    /// What the root's times shall be, at finish().
    void set_root_times(const struct timespec (&times)[2]);
    /// Restores the times of all directories left open. To be called at the end.
    void finish();

 private:
    struct Frame {
        std::string name;
        Fd fd;
        struct timespec times[2];  ///< as utimensat(2) takes them: those the directory is left with
    };

    int top() const { return frames_.back().fd.get(); }
    /// How many frames are on the way to `path`, which is cut to what lies beyond them.
    std::size_t common_depth(std::string_view& path) const;
    void push(std::string_view name, Fd fd);
    void pop();
    Fd open_or_make(const std::string& name, std::string_view path, std::string_view entry);

    FileMaker& maker_;
    NoteTaker& notes_;
    std::vector<Frame> frames_;  ///< [0] is the root
    std::string path_;           ///< of the top frame
};

}  // namespace mincs::layer
