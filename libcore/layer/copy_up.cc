// See copy_up.hh.
#include "libcore/layer/copy_up.hh"

#include "libcore/layer/disk_copy.hh"

namespace mincs::layer {
namespace {

FoundEntry found(const Seen& seen) {
    return {seen.parent.get(), seen.name, seen.status};
}

}  // namespace

Fd CopyUp::make_directories(std::string_view path) {
    Fd at = open_directory(view_.layer(), "");
    check(at.get(), "opening {}", view_.layer().name());
    for (std::size_t end = 0; end < path.size();) {
        end = std::min(path.find('/', end + 1), path.size());
        const std::string_view here = path.substr(0, end);
        at = make_directory(at, std::string(leaf_of(here)), here);
    }
    return at;
}

Fd CopyUp::make_directory(const Fd& parent, const std::string& name, std::string_view path) {
    const auto own = view_.in_layer(path);
    if (!own || own->is_whiteout()) {
        const KeptTimes times(parent.get());
        // file_maker marks it opaque where it takes a whiteout's place.
        const auto lower = own ? std::nullopt : view_.below(path);
        const bool is_copy = lower && lower->is_directory();
        maker_.make_directory({parent.get(), name}, is_copy ? entry_on_disk(found(*lower), path)
                                                            : implied_directory(path));
    }
    constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    return Fd(check(openat(parent.get(), name.c_str(), flags), "opening the directory '{}'",
                    printable(path)));
}

void CopyUp::take_metadata(const Seen& from, std::string_view to) {
    const Fd parent = open_directory(view_.layer(), parent_path(to));
    check(parent.get(), "opening the directory of '{}'", printable(to));
    maker_.make_directory({parent.get(), std::string(leaf_of(to))}, entry_on_disk(found(from), to));
}

void CopyUp::make_opaque(std::string_view path) {
    const Fd directory = open_directory(view_.layer(), path);
    check(directory.get(), "opening the directory '{}'", printable(path));
    maker_.make_opaque(directory.get(), implied_directory(path));
}

void CopyUp::copy(const Seen& from, const Place& to) {
    const TarEntry entry = entry_on_disk(found(from), to.name);
    const KeptTimes times(to.directory);
    if (entry.type == EntryType::kFile) claim_(entry.size);
    copy_on_disk(maker_, found(from), entry, to);
}

}  // namespace mincs::layer
