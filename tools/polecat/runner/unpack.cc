// See unpack.hh.
#include "tools/polecat/runner/unpack.hh"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <unordered_map>
#include <unordered_set>

#include "libcore/base/fd.hh"
#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::polecat {
namespace {

// Bounds for images that were made to be endless.
constexpr int kDeepest = 256;
constexpr std::uint64_t kMostEntries = 4u << 20;

class Unpacker {
 public:
    Unpacker(Squashfs& image, int top, bool keep_owners)
        : image_(image), top_(top), keep_owners_(keep_owners), buffer_(image.block_size(), '\0') {}

    Unpacked run() {
        const Inode root = image_.inode(image_.root());
        if (!S_ISDIR(root.mode)) throw Error("the image is damaged: its root is no directory");
        seen_.insert(image_.root());
        fill(top_, root, "", 0);
        return result_;
    }

 private:
    /// Makes all entries, then gives the directory its own mode, which may forbid making some.
    void fill(int directory, const Inode& inode, const std::string& path, int depth) {
        if (depth > kDeepest) throw Error("the image is damaged: its directories are too deep");
        for (const DirectoryEntry& entry : image_.list(inode)) {
            if (++result_.entries > kMostEntries)
                throw Error("the image is damaged: it has too many files");
            make(directory, entry, path.empty() ? entry.name : path + "/" + entry.name, depth);
        }
        finish(directory, inode);
    }

    void make(int directory, const DirectoryEntry& entry, const std::string& path, int depth) {
        const Inode inode = image_.inode(entry.ref);
        const char* name = entry.name.c_str();
        if (S_ISDIR(inode.mode)) {
            if (!seen_.insert(entry.ref).second)
                throw Error("the image is damaged: a directory is in it twice");
            check(mkdirat(directory, name, 0700), "making the directory '{}'", printable(path));
            const Fd below(check(openat(directory, name, kDirectory), "opening the directory '{}'",
                                 printable(path)));
            fill(below.get(), inode, path, depth + 1);
        } else if (S_ISLNK(inode.mode)) {
            check(symlinkat(inode.target.c_str(), directory, name), "making the link '{}'",
                  printable(path));
            set_times(directory, name, inode);
            if (keep_owners_)
                check(fchownat(directory, name, inode.uid, inode.gid, AT_SYMLINK_NOFOLLOW),
                      "giving '{}' its owner", printable(path));
        } else if (S_ISREG(inode.mode)) {
            make_file(directory, entry, inode, path);
        }
    }

    void make_file(int directory, const DirectoryEntry& entry, const Inode& inode,
                   const std::string& path) {
        if (inode.links > 1) {
            const auto [known, is_new] = names_.try_emplace(entry.ref, path);
            if (!is_new) {
                check(linkat(top_, known->second.c_str(), directory, entry.name.c_str(), 0),
                      "linking '{}'", printable(path));
                return;
            }
        }
        const Fd file(check(openat(directory, entry.name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600),
                            "creating '{}'", printable(path)));
        write_content(file.get(), inode, path);
        set_attributes(file.get(), inode, path);
        finish(file.get(), inode);
        result_.bytes += inode.size;
    }

    void write_content(int file, const Inode& inode, const std::string& path) {
        image_.expect(inode, buffer_.size(), inode.size);
        for (std::uint64_t at = 0; at < inode.size;) {
            const std::size_t got = image_.read(inode, at, buffer_.data(), buffer_.size());
            const std::size_t index = at / buffer_.size();
            const bool is_hole = index < inode.blocks.size() && inode.blocks[index] == 0;
            if (is_hole)
                check(lseek(file, static_cast<off_t>(got), SEEK_CUR), "writing '{}'",
                      printable(path));
            else
                write_all(file, std::string_view(buffer_).substr(0, got), path);
            at += got;
        }
        check(ftruncate(file, static_cast<off_t>(inode.size)), "writing '{}'", printable(path));
    }

    /// Where the file system has room for them; a tmpfs has since 6.6.
    void set_attributes(int file, const Inode& inode, const std::string& path) {
        for (const Attribute& attribute : image_.attributes(inode))
            if (fsetxattr(file, attribute.name.c_str(), attribute.value.data(),
                          attribute.value.size(), 0) == -1)
                debug("'{}' goes without its attribute '{}': {}", printable(path),
                      printable(attribute.name), SysError::errno_text(errno));
    }

    /// Owner first: its change takes set-user-ID bits away (chown(2)).
    void finish(int fd, const Inode& inode) {
        if (keep_owners_) check(fchown(fd, inode.uid, inode.gid), "giving a file its owner");
        check(fchmod(fd, inode.mode & 07777), "giving a file its mode");
        const timespec time = {static_cast<time_t>(inode.mtime), 0};
        const timespec times[2] = {time, time};
        check(futimens(fd, times), "giving a file its time");
    }

    static void set_times(int directory, const char* name, const Inode& inode) {
        const timespec time = {static_cast<time_t>(inode.mtime), 0};
        const timespec times[2] = {time, time};
        utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW);
    }

    static constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

    Squashfs& image_;
    int top_;
    bool keep_owners_;
    std::string buffer_;
    Unpacked result_;
    std::unordered_set<InodeRef> seen_;
    std::unordered_map<InodeRef, std::string> names_;  // of files with several
};

}  // namespace

Unpacked unpack(Squashfs& image, int directory, bool keep_owners) {
    return Unpacker(image, directory, keep_owners).run();
}

}  // namespace mincs::polecat
