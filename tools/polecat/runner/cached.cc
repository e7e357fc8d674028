// See cached.hh.
#include "tools/polecat/runner/cached.hh"

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/base/programs.hh"
#include "libcore/container/command_error.hh"
#include "libcore/container/exec.hh"
#include "libcore/fs/root_dir.hh"
#include "tools/polecat/runner/unpack.hh"

namespace mincs::polecat {
namespace {

constexpr int kMostInterpreters = 4;  // as the kernel's: a script's interpreter may be a script
constexpr std::size_t kMostHeaders = 64;

std::string cache_directory(const std::vector<std::string>& environment) {
    const std::string cache = variable(environment, "XDG_CACHE_HOME");
    if (cache.starts_with('/')) return cache + "/polecat";
    const std::string home = variable(environment, "HOME");
    if (home.starts_with('/')) return home + "/.cache/polecat";
    throw Error("unpacking the bundle: there is no cache directory")
        .with_hint("set XDG_CACHE_HOME to a writable directory");
}

std::string hex(const Sha256& digest) {
    std::string text;
    for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

bool is_own_directory(const std::string& path) {
    struct stat info;
    if (lstat(path.c_str(), &info) == -1) return false;
    if (!S_ISDIR(info.st_mode) || info.st_uid != geteuid())
        throw Error("'{}' is not a directory of ours", printable(path));
    return true;
}

/// All directories that hold libraries, for the loader.
std::string library_path(const std::string& top) {
    std::string path;
    for (const char* directory :
         {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib/x86_64-linux-gnu",
          "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"})
        if (access((top + directory).c_str(), F_OK) == 0)
            path += (path.empty() ? "" : ":") + top + directory;
    return path;
}

/// The way to run a file of the tree: whatever has to stand in front of its own path.
class CommandLine {
 public:
    CommandLine(const std::string& top) : top_(top), root_(fs::RootDir::open(top)) {}

    /// The path of `name` in the tree with all links followed inside it; empty: not there.
    std::string find(const std::string& name) const {
        const auto file = root_.open_if_exists(name, O_PATH);
        struct stat info;
        if (!file || fstat(file->get(), &info) == -1 || !S_ISREG(info.st_mode)) return "";
        return std::filesystem::read_symlink(fs::proc_path(file->get()));
    }

    std::string find_in(const std::string& search, const std::string& name) const {
        if (name.find('/') != std::string::npos) return find(name);
        for (std::size_t begin = 0; begin <= search.size();) {
            const std::size_t end = std::min(search.find(':', begin), search.size());
            const std::string path = find(search.substr(begin, end - begin) + "/" + name);
            if (!path.empty()) return path;
            begin = end + 1;
        }
        return "";
    }

    /// Words that run the program at `path` (find()'s); `name` is what it is called.
    std::vector<std::string> words(const std::string& path, int depth = 0) const {
        const Fd file(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", path));
        char head[256] = {};
        check(pread(file.get(), head, sizeof head - 1, 0), "reading '{}'", path);
        if (head[0] == '#' && head[1] == '!') return script(path, head + 2, depth);
        const std::string loader = interpreter_of(file.get(), head);
        if (loader.empty()) return {path};
        const std::string own = find(loader);
        if (own.empty())
            throw container::CommandError(
                127,
                fmt::format("running '{}': its loader '{}' is not there", path, printable(loader)));
        return {own, "--library-path", library_path(top_), path};
    }

 private:
    std::vector<std::string> script(const std::string& path, std::string line, int depth) const {
        line = line.substr(0, line.find('\n'));
        line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
        const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
        const std::string interpreter = find(line.substr(0, blank));
        line.erase(0, blank);
        line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
        if (interpreter.empty() || depth == kMostInterpreters)
            throw container::CommandError(
                126, fmt::format("running '{}': its interpreter is not there", path));
        std::vector<std::string> all = words(interpreter, depth + 1);
        if (!line.empty()) all.push_back(line);
        all.push_back(path);
        return all;
    }

    /// PT_INTERP (elf(5)); empty: a static program, or none.
    static std::string interpreter_of(int file, const char* head) {
        Elf64_Ehdr header;
        std::memcpy(&header, head, sizeof header);
        if (std::memcmp(head, ELFMAG, SELFMAG) != 0 || head[EI_CLASS] != ELFCLASS64) return "";
        for (std::size_t i = 0; i < std::min<std::size_t>(header.e_phnum, kMostHeaders); ++i) {
            Elf64_Phdr part;
            const auto at = static_cast<off_t>(header.e_phoff + i * sizeof part);
            if (pread(file, &part, sizeof part, at) != sizeof part) return "";
            if (part.p_type != PT_INTERP) continue;
            char name[256] = {};
            const std::size_t size = std::min<std::size_t>(part.p_filesz, sizeof name - 1);
            if (pread(file, name, size, static_cast<off_t>(part.p_offset)) == -1) return "";
            return name;
        }
        return "";
    }

    std::string top_;
    fs::RootDir root_;
};

/// Where common programs look for their files, if one of these variables says so.
struct Pointer {
    const char* variable;
    std::vector<const char*> places;  ///< joined by ':'; in a name "*" is the first that fits
};

/// `pattern` below `top`, a last component "NAME*" completed; empty: not there.
std::string place_in(const std::string& top, const std::string& pattern) {
    const std::size_t star = pattern.find('*');
    if (star == std::string::npos)
        return access((top + pattern).c_str(), F_OK) == 0 ? top + pattern : "";
    const std::size_t slash = pattern.rfind('/', star);
    const std::string prefix = pattern.substr(slash + 1, star - slash - 1);
    std::error_code error;
    std::string best;
    for (const auto& entry :
         std::filesystem::directory_iterator(top + pattern.substr(0, slash), error)) {
        const std::string name = entry.path().filename();
        const std::string rest = pattern.substr(star + 1);
        if (name.starts_with(prefix) && access((entry.path().native() + rest).c_str(), F_OK) == 0)
            best = std::max(best, entry.path().native() + rest);
    }
    return best;
}

void point_into_tree(const std::string& top, std::vector<std::string>& environment) {
    const Pointer kPointers[] = {
        {"PYTHONHOME", {"/usr/lib/python3*/os.py"}},
        {"PERL5LIB",
         {"/etc/perl", "/usr/share/perl5", "/usr/lib/x86_64-linux-gnu/perl5/5*",
          "/usr/lib/x86_64-linux-gnu/perl-base", "/usr/lib/x86_64-linux-gnu/perl/5*",
          "/usr/share/perl/5*"}},
        {"GIT_EXEC_PATH", {"/usr/lib/git-core"}},
        {"GIT_TEMPLATE_DIR", {"/usr/share/git-core/templates"}},
        {"VIMRUNTIME", {"/usr/share/vim/vim9*"}},
        {"TERMINFO_DIRS", {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"}},
        {"GCONV_PATH", {"/usr/lib/x86_64-linux-gnu/gconv"}},
        {"SSL_CERT_FILE", {"/etc/ssl/certs/ca-certificates.crt"}},
    };
    for (const Pointer& pointer : kPointers) {
        std::string value;
        for (const char* pattern : pointer.places) {
            std::string place = place_in(top, pattern);
            if (place.empty()) continue;
            if (pointer.variable == std::string_view("PYTHONHOME")) place = top + "/usr";
            value += (value.empty() ? "" : ":") + place;
        }
        if (!value.empty()) environment.push_back(pointer.variable + ("=" + value));
    }
}

/// The recorded search path, in the tree; then the caller's, for what is not in the bundle.
std::string search_path_in(const std::string& top, const std::string& recorded,
                           const std::string& callers) {
    std::string path;
    for (std::size_t begin = 0; begin <= recorded.size();) {
        const std::size_t end = std::min(recorded.find(':', begin), recorded.size());
        path += top + recorded.substr(begin, end - begin) + ":";
        begin = end + 1;
    }
    return path + callers;
}

}  // namespace

std::string unpack_into_cache(const Bundle& bundle, const std::vector<std::string>& environment) {
    const std::string cache = cache_directory(environment);
    const std::string name = hex(bundle.trailer.image_digest);
    const std::string place = cache + "/" + name;
    if (is_own_directory(place)) return place;
    make_directories(cache, 0700);
    const FileLock lock = FileLock::acquire(cache + "/" + name + ".lock");
    if (is_own_directory(place)) return place;  // somebody was faster
    const std::string unfinished = cache + "/" + name + ".part";
    remove_tree(unfinished);  // of somebody who was killed
    make_directories(unfinished, 0700);
    const Fd top(check(open(unfinished.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                       printable(unfinished)));
    Squashfs image(bundle.file.get(), bundle.trailer.image);
    image.start_helper();
    const Unpacked unpacked = unpack(image, top.get(), false);
    check(rename(unfinished.c_str(), place.c_str()), "renaming '{}'", printable(unfinished));
    debug("unpacked {} files, {} bytes into '{}'", unpacked.entries, unpacked.bytes, place);
    return place;
}

void run_from_cache(const Bundle& bundle, const Caller& caller) {
    const std::string top = unpack_into_cache(bundle, caller.environment);
    const std::string& name = bundle.metadata.args.front();
    const std::string recorded = container::search_path(bundle.metadata.env);
    const CommandLine command(top);
    const std::string program = command.find_in(recorded, name);
    if (program.empty())
        throw container::CommandError(127, fmt::format("running '{}': not found", printable(name)));

    container::Process process;
    process.args = command.words(program);
    const bool is_static = process.args.size() == 1;
    process.args.insert(process.args.end(), bundle.metadata.args.begin() + 1,
                        bundle.metadata.args.end());
    process.args.insert(process.args.end(), caller.args.begin(), caller.args.end());
    for (const std::string& entry : caller.environment)
        if (!entry.starts_with("PATH=") && !entry.starts_with("LD_LIBRARY_PATH=") &&
            !entry.starts_with("POLECAT_"))
            process.env.push_back(entry);
    process.env.push_back("PATH=" +
                          search_path_in(top, recorded, variable(caller.environment, "PATH")));
    if (!is_static) process.env.push_back("LD_LIBRARY_PATH=" + library_path(top));
    point_into_tree(top, process.env);
    debug("rung 4, from '{}', without a container", top);

    std::vector<char*> argv = to_c_array(process.args);
    const std::vector<char*> envp = to_c_array(process.env);
    const std::string first = process.args.front();
    if (is_static) argv[0] = const_cast<char*>(name.c_str());  // busybox asks what it is called
    execve(first.c_str(), argv.data(), envp.data());
    throw container::CommandError(
        126, fmt::format("running '{}': {}", printable(name), SysError::errno_text(errno)));
}

}  // namespace mincs::polecat
