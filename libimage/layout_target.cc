// See layout_target.hh. The layout may be a stranger's: no link in it is followed.
#include "libimage/layout_target.hh"

#include <sys/file.h>
#include <sys/stat.h>

#include "libcore/base/files.hh"
#include "libimage/layout_index.hh"

namespace mincs::image {
namespace {

constexpr const char* kLayout = "oci-layout";
constexpr const char* kIndex = "index.json";

std::string file_of(const Digest& digest) {
    return digest.hex();
}

Fd open_subdirectory(int parent, const char* name, const std::string& what) {
    if (mkdirat(parent, name, 0755) == -1 && errno != EEXIST)
        throw SysError(errno, "making '{}' in {}", name, what);
    return Fd(check(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC),
                    "opening '{}' in {}", name, what));
}

/// A small file of the layout; nothing where it is missing.
std::optional<std::string> read_own(int directory, const char* name, const std::string& what) {
    const Fd fd(openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd && errno == ENOENT) return std::nullopt;
    check(fd.get(), "opening '{}' in {}", name, what);
    return read_all(fd.get(), kSmallFile, name);
}

}  // namespace

LayoutTarget::LayoutTarget(const std::filesystem::path& directory, std::string tag)
    : path_(directory), name_("'" + printable(directory.native()) + "'"), tag_(std::move(tag)) {
    if (mkdir(path_.c_str(), 0755) == 0)
        is_new_ = true;
    else if (errno != EEXIST)
        throw SysError(errno, "making the directory {}", name_);
    directory_ =
        Fd(check(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening {}", name_));
    // One writer at a time: what one takes back after a failure, another might count on.
    check(flock(directory_.get(), LOCK_EX), "locking {}", name_);
    had_layout_ = read_own(directory_.get(), kLayout, name_).has_value();
    if (had_layout_ || is_new_) return;
    if (!std::filesystem::is_empty(path_))
        throw Error("{} is neither empty nor an OCI layout", name_);
}

LayoutTarget::~LayoutTarget() {
    if (!finished_) undo();
}

void LayoutTarget::undo() noexcept {
    try {
        for (const Digest& digest : added_) {
            const Fd directory = blob_directory(digest);
            unlinkat(directory.get(), file_of(digest).c_str(), 0);
        }
        if (had_layout_) return;
        for (const char* path : {"blobs/sha256", "blobs/sha512", "blobs"})
            unlinkat(directory_.get(), path, AT_REMOVEDIR);
        unlinkat(directory_.get(), kLayout, 0);
        if (is_new_) rmdir(path_.c_str());
    } catch (const std::exception&) {
        // What cannot be removed stays: no index names it.
    }
}

Fd LayoutTarget::blob_directory(const Digest& digest) {
    const Fd blobs = open_subdirectory(directory_.get(), "blobs", name_);
    return open_subdirectory(blobs.get(), std::string(digest.algorithm_name()).c_str(), name_);
}

bool LayoutTarget::has_blob(const Descriptor& descriptor) {
    const Fd directory = blob_directory(descriptor.digest);
    struct stat info;
    return fstatat(directory.get(), file_of(descriptor.digest).c_str(), &info,
                   AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(info.st_mode) && info.st_size == descriptor.size;
}

/// A file that is half written has no blob's name.
void LayoutTarget::write_blob(const Digest& digest, const std::function<void(int)>& write) {
    const Fd directory = blob_directory(digest);
    const std::string partial = fmt::format(".{}.{}.{}", digest.short_hex(), getpid(), ++counter_);
    const Fd file(check(
        openat(directory.get(), partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
        "creating a blob in {}", name_));
    try {
        write(file.get());
        {
            const std::lock_guard lock(mutex_);
            added_.push_back(digest);
        }
        check(renameat(directory.get(), partial.c_str(), directory.get(), file_of(digest).c_str()),
              "placing a blob in {}", name_);
    } catch (...) {
        unlinkat(directory.get(), partial.c_str(), 0);
        throw;
    }
}

BlobOutcome LayoutTarget::put_blob(Source& source, const Descriptor& descriptor) {
    if (has_blob(descriptor)) return BlobOutcome::kWasThere;
    write_blob(descriptor.digest, [&](int file) {
        source.fetch_blob(descriptor,
                          [&](std::string_view piece) { write_all(file, piece, name_); });
    });
    return BlobOutcome::kCopied;
}

void LayoutTarget::put_document(const Document& document, const std::vector<std::string>& names,
                                bool is_root) {
    Descriptor descriptor = descriptor_of(document, name_);
    if (!has_blob(descriptor))
        write_blob(document.digest, [&](int file) { write_all(file, document.raw, name_); });
    if (is_root) roots_.push_back({std::move(descriptor), names});
}

void LayoutTarget::write_file(const char* name, std::string_view content) {
    const std::string partial = fmt::format(".{}.{}", name, getpid());
    const Fd file(check(openat(directory_.get(), partial.c_str(),
                               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644),
                        "creating '{}' in {}", name, name_));
    try {
        write_all(file.get(), content, name_);
        check(fsync(file.get()), "syncing '{}' in {}", name, name_);
        check(renameat(directory_.get(), partial.c_str(), directory_.get(), name),
              "placing '{}' in {}", name, name_);
    } catch (...) {
        unlinkat(directory_.get(), partial.c_str(), 0);
        throw;
    }
}

void LayoutTarget::finish() {
    check(syncfs(directory_.get()), "syncing {}", name_);
    const auto before = read_own(directory_.get(), kIndex, name_);
    LayoutIndex index = before ? LayoutIndex(*before, name_) : LayoutIndex();
    for (const Root& root : roots_) {
        if (tag_.empty())
            index.add(root.descriptor, root.names);
        else
            index.add_tagged(root.descriptor, tag_);
    }
    if (!had_layout_) write_file(kLayout, kLayoutFile);
    write_file(kIndex, index.to_json());
    finished_ = true;
    check(fsync(directory_.get()), "syncing {}", name_);
}

}  // namespace mincs::image
