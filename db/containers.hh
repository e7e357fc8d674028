// Containers as rows. Whether one runs is told by the lock in its directory, which its minc holds
// while it lives: a crash frees it, and no number is ever mistaken for somebody else's process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/locks.hh"
#include "db/run_record.hh"
#include "db/store.hh"
#include "libcore/base/files.hh"

namespace mincs::db {

/// One of several things that a container's root is stacked of.
struct RootPart {
    std::string image_id;   ///< empty: a directory
    std::string directory;  ///< its path
};

struct Container {
    std::string id;        ///< 64 random hex digits
    std::string name;      ///< unique; empty where none was given
    std::string image_id;  ///< empty: made from a directory or the host
    std::string root;      ///< what it was made from, as typed: "fedora", "./rootdir", "host"
    std::vector<std::string> layers;  ///< lower directories' keys of its image, lowest first
    std::vector<RootPart> parts;     ///< of a stack, the uppermost first; else empty, and with them
    std::vector<std::string> below;  ///< the directories that they are, the uppermost first
    std::string command;             ///< for people, words joined by blanks
    std::int64_t pid = 0;            ///< of pid 1 as the host sees it while it runs; 0 else
    std::int64_t created_at = 0;     ///< seconds since the epoch
    bool running = false;            ///< its directory's lock is held
    std::optional<RunRecord> last_run;  ///< none: it never ran, or starts just now
};

/// The directories of all parts, the uppermost first. A layer that several images share stands
/// once, at its lowest place: the others were made on top of it.
std::vector<std::string> directories_of(Store& store, const std::vector<RootPart>& parts);

/// 64 hex digits from getrandom(2).
std::string new_container_id();

/// Makes containers/ID/{storage,work}, takes its lock and records the row (id, name, image_id,
/// root, layers, parts, command, created_at). Error where the name is taken. The lock is the
/// caller's for its lifetime.
FileLock create_container(Store& store, const Container& container);
/// One without a row, for a command that will probably be over before anybody could ask for it.
struct BriefContainer {
    ContainerDirectory directory;    ///< a spare one (spares.hh), or its own
    FileLock lock;                   ///< as create_container()'s
    std::optional<ImageLock> image;  ///< keeps its image in the place of a row
};
/// Its own directory is for one of which a kill leaves something elsewhere (a control group, an
/// address): that is found again by the directory's name.
enum class BriefDirectory { kSpare, kOwn };
/// `stamp`: of the lookup that found the image (lookups.hh); empty where the database was asked.
BriefContainer create_brief_container(Store& store, const Container& container,
                                      const std::string& stamp = "",
                                      BriefDirectory directory = BriefDirectory::kSpare);
/// Gives it a row after all, and a directory of its own, which `directory` then is; its image needs
/// no lock any more.
void record_brief_container(Store& store, const Container& container,
                            ContainerDirectory& directory);
/// One without a row, whose lock the caller holds: removes what an earlier one left of its
/// directory. For when there is time.
void tidy_brief_container(const Store& store, const ContainerDirectory& directory);
/// The same; its overlay is no more. What is empty of its directory may stay until somebody tidies.
void remove_brief_container(Store& store, const ContainerDirectory& directory);

/// Takes the lock of an existing container to run it again; Error where it is running, or mounted
/// by 'marten mount': two overlays must not share an upper directory (overlayfs.rst).
FileLock lock_container(Store& store, const Container& container);
/// The same for one who only reads; nothing where it is running.
std::optional<FileLock> lock_if_stopped(Store& store, const Container& container);
/// By name or unambiguous ID prefix of at least 4 digits, as find_image.
std::optional<Container> find_container(Store& store, std::string_view name_or_id);
Container get_container(Store& store, std::string_view name_or_id);
std::vector<Container> list_containers(Store& store);

/// Gives it another name. UsageError where that is none, Error where it is taken.
void rename_container(Store& store, const Container& container, std::string_view name);
/// Row and directory. Error where it is mounted, and where it runs, unless the caller says that the
/// lock is its own.
void remove_container(Store& store, const Container& container, bool lock_is_mine = false);

}  // namespace mincs::db
