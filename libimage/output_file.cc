// See output_file.hh.
#include "libimage/output_file.hh"

#include <sys/stat.h>

#include "libcore/base/files.hh"

namespace mincs::image {
namespace {

Fd open_stdout() {
    if (isatty(STDOUT_FILENO))
        throw UsageError("an archive is nothing for a terminal")
            .with_hint("'-o FILE', or send stdout to a file or a pipe");
    return Fd(check(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "duplicating stdout"));
}

}  // namespace

OutputFile::OutputFile(const std::string& path) : path_(path) {
    if (path == "-") {
        name_ = "stdout";
        fd_ = open_stdout();
        return;
    }
    name_ = "'" + printable(path) + "'";
    struct stat info;
    if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
        fd_ = Fd(check(open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC), "opening {}", name_));
        return;
    }
    // The file that a link leads to is replaced, not the link.
    if (std::filesystem::is_symlink(path_)) path_ = std::filesystem::weakly_canonical(path_);
    place_at_commit_ = true;
    std::filesystem::path directory = path_.parent_path();
    if (directory.empty()) directory = ".";
    const int unnamed = open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (unnamed != -1)
        fd_ = Fd(unnamed);
    else if (errno == EOPNOTSUPP || errno == EISDIR)
        fd_ = create_temporary();
    else
        throw SysError(errno, "creating {}", name_);
}

OutputFile::~OutputFile() {
    if (!temporary_.empty()) unlink(temporary_.c_str());
}

std::string OutputFile::temporary_name(unsigned attempt) const {
    return fmt::format("{}.{}-{}", path_.native(), getpid(), attempt);
}

/// For file systems without O_TMPFILE (open(2)).
Fd OutputFile::create_temporary() {
    for (unsigned attempt = 0;; ++attempt) {
        std::string name = temporary_name(attempt);
        const int fd = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd == -1 && errno == EEXIST) continue;
        Fd file(check(fd, "creating {}", name_));
        temporary_ = std::move(name);
        return file;
    }
}

/// Gives the file that has no name one beside its place: rename(2) replaces, linkat(2) does not.
void OutputFile::name_file() {
    const std::string unnamed = fmt::format("/proc/self/fd/{}", fd_.get());
    for (unsigned attempt = 0; temporary_.empty(); ++attempt) {
        std::string name = temporary_name(attempt);
        if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
            temporary_ = std::move(name);
        else if (errno != EEXIST)
            throw SysError(errno, "placing {}", name_);
    }
}

void OutputFile::write(std::string_view bytes) {
    write_all(fd_.get(), bytes, name_);
}

void OutputFile::commit() {
    if (!place_at_commit_) return;
    check(fsync(fd_.get()), "syncing {}", name_);
    name_file();
    check(rename(temporary_.c_str(), path_.c_str()), "placing {}", name_);
    temporary_.clear();
    place_at_commit_ = false;
}

}  // namespace mincs::image
