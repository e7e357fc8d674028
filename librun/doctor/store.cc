// The store's place: whether overlays can be made there, and what is mounted with which options.
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "db/layout.hh"
#include "libcore/base/error.hh"
#include "libcore/base/files.hh"
#include "libcore/fs/fuse_notes.hh"
#include "libcore/fs/fuse_overlay.hh"
#include "libcore/fs/overlay.hh"
#include "librun/doctor/check.hh"
#include "librun/private_root.hh"

namespace mincs::run::doctor {
namespace {

namespace stdfs = std::filesystem;

/// The store's directory, or the one in which it would be made.
stdfs::path nearest_directory(stdfs::path path) {
    while (!stdfs::exists(path) && path.has_relative_path()) path = path.parent_path();
    return path;
}

/// An overlay of `lower` with what changes in `place`, and a file in it.
std::string try_overlay(const std::string& lower, const stdfs::path& place) {
    TempDir own(place, ".doctor");
    const stdfs::path base = own.path();
    for (const char* name : {"lower", "upper", "work"}) stdfs::create_directory(base / name);
    return try_in_child([&] {
        const fs::OverlayOptions options = {
            {lower.empty() ? (base / "lower").native() : lower}, base / "upper", base / "work"};
        const auto write_to_it = [&] {
            const Fd mount = fs::mount_overlay(options);
            const Fd file(
                openat(mount.get(), "probe-of-minc-doctor", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
            if (!file) throw SysError(errno, "writing to it");
        };
        // What the kernel makes in there nobody may look into, not even its owner to remove it.
        const auto remove_work = [&] { rmdir((base / "work/work").c_str()); };
        try {
            write_to_it();
        } catch (const Error&) {
            remove_work();
            throw;
        }
        remove_work();
    });
}

Finding check_store(const stdfs::path& place) {
    Finding finding = {"store", State::kOk, db::Layout::standard().base().native()};
    finding.is_essential = true;
    if (access(place.c_str(), W_OK | X_OK) == -1) {
        finding.state = State::kMissing;
        finding.meaning =
            fmt::format("{} cannot be written to: {}", place.native(), SysError::errno_text(errno));
        finding.remedy = "set MINCS_DIR to a directory that can";
    }
    return finding;
}

/// What a user's containers have where the kernel makes no overlay for him at all
/// (private_root.hh); nothing where it does make some.
std::optional<Finding> check_replacement(const stdfs::path& place) {
    TempDir own(place, ".doctor");
    const stdfs::path base = own.path();
    for (const char* name : {"lower", "upper", "work"}) stdfs::create_directory(base / name);
    const std::string refused = try_in_child([&] {
        if (fs::kernel_refuses_overlays(base / "lower", base / "upper")) throw Error("refused");
    });
    if (refused.empty()) return std::nullopt;
    const std::string failure = try_in_child([&] {
        if (!fs::takes_whiteouts(base / "upper")) throw Error("no whiteouts can be made here");
        fs::mount_fuse_overlay({{base / "lower"}, base / "upper", base / "work"});
    });
    Finding finding = {"overlay", State::kLimited, "none by this kernel in a user namespace: "};
    finding.is_essential = true;
    finding.meaning += failure.empty() ? "fuse-overlayfs serves containers' roots, which is slower"
                                       : "containers get a copy of their root, as " + failure;
    finding.remedy =
        failure.empty() ? "Linux 5.11 or newer" : "the package fuse-overlayfs; Linux 5.11 or newer";
    return finding;
}

Finding check_overlay(const stdfs::path& place) {
    if (geteuid() != 0)
        if (auto replacement = check_replacement(place)) return *replacement;
    Finding finding = {"overlay", State::kOk, "what a container changes stays out of its image"};
    finding.is_essential = true;
    const bool has_other_way = may_refuse_overlays(place);  // private_root.hh
    std::string failure;
    try {
        failure = try_overlay("", place);
    } catch (const Error& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        finding.state = has_other_way ? State::kLimited : State::kMissing;
        finding.meaning = failure + (has_other_way ? ": containers get a copy of their root" : "");
        finding.remedy =
            geteuid() == 0 ? "a store (MINCS_DIR) on ext4, xfs, btrfs or tmpfs; 'modprobe overlay'"
                           : "Linux 5.11 or newer; a store (MINCS_DIR) on ext4, xfs or btrfs";
    }
    return finding;
}

Finding check_overlay_of_host(const stdfs::path& place) {
    Finding finding = {"overlay of the host", State::kOk,
                       "minc without -r: on the host's own root"};
    std::string failure;
    try {
        failure = try_overlay("/", place);
    } catch (const Error& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        finding.state = State::kLimited;
        finding.meaning = fmt::format("minc needs -r here: {}", failure);
        finding.remedy = geteuid() == 0 ? ""
                                        : "root; the kernel lets an ordinary user not uncover "
                                          "what is below the mounts of the host's root";
    }
    return finding;
}

Finding check_noexec(const char* what, const stdfs::path& place, const char* without) {
    Finding finding = {what, State::kOk, "programs can be run from there"};
    struct statvfs info;
    if (statvfs(place.c_str(), &info) == -1 || !(info.f_flag & ST_NOEXEC)) return finding;
    finding.state = State::kLimited;
    finding.meaning = fmt::format("'{}' is mounted noexec: {}", place.native(), without);
    finding.remedy = "mount it without noexec, or use another place";
    return finding;
}

}  // namespace

std::vector<Finding> store_checks() {
    const stdfs::path place = nearest_directory(db::Layout::standard().base());
    std::vector<Finding> findings = {check_store(place)};
    if (findings[0].state == State::kOk) {
        findings.push_back(check_overlay(place));
        findings.push_back(check_overlay_of_host(place));
    }
    findings.push_back(check_noexec("the store's mount", place, "no '-D' on what is in it"));
    const char* home = getenv("HOME");
    findings.push_back(
        check_noexec("home", home ? home : "/", "bundles are started from elsewhere"));
    return findings;
}

}  // namespace mincs::run::doctor
