// See mount_places.hh.
#include "librun/mount_places.hh"

#include <algorithm>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"

namespace mincs::run {
namespace {

namespace stdfs = std::filesystem;

// Relative to the root.
constexpr const char* kDirectories[] = {"dev", "proc", "sys"};
constexpr const char* kFiles[] = {"etc/hosts", "etc/resolv.conf"};

bool is_destination(const std::vector<container::Mount>& mounts, const std::string& path) {
    return std::any_of(mounts.begin(), mounts.end(),
                       [&](const container::Mount& mount) { return mount.destination == path; });
}

/// As a container shows it that has no such directory itself.
void make_place(const stdfs::path& path) {
    make_directories(path);
    stdfs::permissions(path, stdfs::perms(0755));  // whatever the caller's umask
}

/// The last file comes last: where it is, all are.
void make(const stdfs::path& places) {
    make_place(places);
    for (const char* directory : kDirectories) make_place(places / directory);
    for (const char* file : kFiles) {
        const stdfs::path path = places / file;
        make_place(path.parent_path());
        replace_file(path, "");
    }
}

}  // namespace

std::string provide_mount_places(const db::Layout& layout,
                                 const std::vector<container::Mount>& mounts) {
    const auto is_used = [&](const char* place) {
        return is_destination(mounts, std::string("/") + place);
    };
    if (!std::all_of(std::begin(kDirectories), std::end(kDirectories), is_used) ||
        !std::all_of(std::begin(kFiles), std::end(kFiles), is_used))
        return "";
    const stdfs::path places = layout.mount_places();
    if (stdfs::exists(places / *std::rbegin(kFiles))) return places;
    try {
        make(places);
        return places;
    } catch (const std::exception& error) {  // a full disk: it is a short cut only
        debug("{}, making places to mount on in the container", error.what());
        return "";
    }
}

}  // namespace mincs::run
