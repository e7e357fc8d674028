// See kit.hh.
#include "libermine/kit.hh"

#include <cstdlib>

#include "libcore/base/files.hh"
#include "libcore/base/json.hh"

namespace mincs::ermine {
namespace {

namespace stdfs = std::filesystem;

stdfs::path from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

/// The note of a kit that is whole; nothing where there is no kit.
std::optional<Note> note_in(const stdfs::path& directory) {
    const auto text = read_file_if_exists(directory / kNoteFile);
    if (!text || !stdfs::exists(directory / kKernelFile) ||
        !stdfs::exists(directory / kInitramfsFile))
        return std::nullopt;
    return parse_note(*text, directory / kNoteFile);
}

/// "ermine-breeder build --arch um", with the option only where it is needed.
std::string command_that_makes(const std::string& arch, const std::string& kind) {
    const std::string option = arch == own_architecture() ? "" : " --arch " + arch;
    return fmt::format("ermine-breeder {}{}", kind, option);
}

}  // namespace

stdfs::path kits_directory() {
    if (const auto chosen = from_environment("MINCS_ERMINE"); !chosen.empty())
        return stdfs::absolute(chosen);
    // The XDG base directory specification: a relative path in the variable is to be ignored.
    if (const auto cache = from_environment("XDG_CACHE_HOME"); cache.is_absolute())
        return cache / "mincs/ermine";
    if (const auto home = from_environment("HOME"); home.is_absolute())
        return home / ".cache/mincs/ermine";
    throw Error("no place for guests: neither MINCS_ERMINE nor HOME is set");
}

stdfs::path kit_directory(const std::string& arch, const std::string& kind) {
    return kits_directory() / (arch + "-" + kind);
}

std::string note_text(const Kit& kit) {
    return dump_json({{"protocol", kProtocol},
                      {"arch", kit.arch},
                      {"kind", kit.kind},
                      {"version", kit.version},
                      {"recipe", kit.recipe},
                      {"programs", kit.programs}}) +
           "\n";
}

Note parse_note(const std::string& text, const stdfs::path& path) {
    const std::string what = fmt::format("'{}'", path.string());
    const Json note = parse_json(text, what);
    return Note{static_cast<int>(json_int(note, "protocol", what)),
                json_string(note, "arch", what),
                json_string(note, "kind", what),
                json_string(note, "version", what),
                json_string_if(note, "recipe", what).value_or(""),
                json_string_if(note, "programs", what).value_or("")};
}

std::optional<Kit> find_kit(const std::string& arch, const std::string& kind, Speaking speaking) {
    const stdfs::path directory = kit_directory(arch, kind);
    const std::optional<Note> note = note_in(directory);
    if (!note) return std::nullopt;
    const bool is_ours = note->protocol == kProtocol;
    if (!is_ours && speaking == Speaking::kOurProtocol) return std::nullopt;
    return Kit{directory / kKernelFile,
               directory / kInitramfsFile,
               arch,
               kind,
               note->version,
               note->recipe,
               is_ours ? note->programs : ""};
}

std::optional<Kit> find_kit(const std::string& arch) {
    for (const char* kind : kKinds)
        if (auto kit = find_kit(arch, kind)) return kit;
    return std::nullopt;
}

Kit require_kit(const std::string& arch) {
    if (auto kit = find_kit(arch)) return *kit;
    for (const char* kind : kKinds) {
        const auto note = note_in(kit_directory(arch, kind));
        if (!note) continue;
        throw Error("the guest in '{}' is of protocol {}, this program of {}",
                    kit_directory(arch, kind).string(), note->protocol, kProtocol)
            .with_hint("make it anew: " + command_that_makes(arch, kind));
    }
    throw Error("there is no guest for {} in '{}'", arch, kits_directory().string())
        .with_hint("make one: " + command_that_makes(arch, "distro"));
}

std::string own_architecture() {
#if defined(__aarch64__)
    return "arm64";
#else
    return "x86_64";
#endif
}

}  // namespace mincs::ermine
