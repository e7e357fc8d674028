// See closure.hh.
#include "tools/polecat/closure.hh"

#include <algorithm>
#include <sstream>

#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel (path_resolution(7))
constexpr std::size_t kMaxFiles = 2'000'000;
constexpr std::size_t kScriptLine = 256;  // BINPRM_BUF_SIZE: what the kernel reads of "#!…"

std::vector<std::string> components_of(std::string_view path) {
    return split_path_list(std::string(path), '/');
}

std::string directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

}  // namespace

Closure::Closure(const fs::RootDir& root, ClosureOptions options)
    : root_(root), options_(std::move(options)), libraries_(root, options_.ld_library_path) {
    File top;
    check(fstat(root.fd(), &top.info), "examining {}", root.name());
    top.why = "the root";
    files_["/"] = top;
}

void Closure::add(std::string_view path, std::string_view why, Links links) {
    take_path(path, why, links);
    drain();
}

bool Closure::is_outside(const std::string& path) const {
    for (const char* kernel : {"/proc", "/sys", "/dev"})
        if (is_at_or_below(path, kernel) && path != kernel) return true;
    for (const std::string& hidden : options_.hidden)
        if (is_at_or_below(path, hidden) && path != hidden) return true;
    return false;
}

/// Walks the path as the kernel would, taking each directory and link on the way. The real path of
/// what it ends at; empty where that does not exist or may not be taken.
std::string Closure::take_path(std::string_view path, std::string_view why, Links links) {
    std::vector<std::string> done;
    std::vector<std::string> todo = components_of(path);
    std::reverse(todo.begin(), todo.end());
    int links_left = kMaxLinks;
    std::string here = "/";
    while (!todo.empty()) {
        const std::string name = std::move(todo.back());
        todo.pop_back();
        if (name == ".") continue;
        if (name == "..") {
            if (!done.empty()) done.pop_back();
        } else {
            done.push_back(name);
        }
        here.clear();
        for (const std::string& part : done) here += "/" + part;
        if (here.empty()) here = "/";
        struct stat info;
        if (!take_entry(here, why, info)) return {};
        if (S_ISLNK(info.st_mode)) {
            if (todo.empty() && links == Links::kKeep) return here;
            if (--links_left == 0) return {};
            const std::string target = files_.at(here).link;
            if (target.starts_with('/'))
                done.clear();
            else
                done.pop_back();
            std::vector<std::string> more = components_of(target);
            todo.insert(todo.end(), more.rbegin(), more.rend());
            here = "/";  // for a link to "/", which has no components
        } else if (!S_ISDIR(info.st_mode) && !todo.empty()) {
            return {};
        }
    }
    return here;
}

/// Takes the one entry at a real path; `info` is its lstat. False where there is none or it may not
/// be taken.
bool Closure::take_entry(const std::string& path, std::string_view why, struct stat& info) {
    if (const auto known = files_.find(path); known != files_.end()) {
        info = known->second.info;
        return true;
    }
    if (refused_.contains(path) || is_outside(path)) return false;
    const auto found = stat_entry(root_, path);
    if (!found) return false;
    info = *found;
    const auto refuse = [&](const std::string& reason) {
        refused_[path] = reason;
        left_out_.push_back({path, reason});
        return false;
    };
    if (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode) && !S_ISLNK(info.st_mode))
        return refuse("a device, fifo or socket");
    if (S_ISREG(info.st_mode) && options_.veto)
        if (const std::string reason = options_.veto(path, root_); !reason.empty())
            return refuse(reason);
    if (files_.size() >= kMaxFiles) throw Error("the command used more than {} files", kMaxFiles);
    File file;
    file.info = info;
    file.why = why;
    if (S_ISLNK(info.st_mode)) file.link = read_link_target(root_, path);
    files_.emplace(path, std::move(file));
    if (S_ISREG(info.st_mode)) {
        order_.push_back(path);
        tasks_.push_back({path});
    }
    return true;
}

void Closure::drain() {
    while (!tasks_.empty()) {
        const Task task = std::move(tasks_.front());
        tasks_.pop_front();
        examine(task);
    }
}

void Closure::examine(const Task& task) {
    const auto fd = open_regular(root_, task.path);
    if (!fd) return;
    if (const auto elf = read_elf(fd->get())) {
        examine_elf(task, *elf);
        return;
    }
    char line[kScriptLine];
    const ssize_t size = pread(fd->get(), line, sizeof line, 0);
    const std::string_view start(line, size > 0 ? static_cast<std::size_t>(size) : 0);
    if (start.starts_with("#!"))
        examine_script(task.path, std::string(start.substr(2, start.find('\n') - 2)));
}

void Closure::examine_elf(const Task& task, const ElfFile& elf) {
    // $ORIGIN is where the loader found it (ld.so(8)): for a library the name, for a program what
    // the kernel says.
    const auto expand = [&](const std::vector<std::string>& directories) {
        const std::string& known = task.named.empty() ? task.path : task.named;
        std::vector<std::string> expanded = LibrarySearch::expand(directories, directory_of(known));
        if (directory_of(known) != directory_of(task.path))
            for (std::string& other : LibrarySearch::expand(directories, directory_of(task.path)))
                expanded.push_back(std::move(other));
        return expanded;
    };
    LibrarySearch::Asker asker{elf.machine, {}, expand(elf.runpath)};
    // ld.so(8): an object with a DT_RUNPATH looks at no DT_RPATH, neither its own nor its loaders'.
    std::vector<std::string> inherited = expand(elf.rpath);
    inherited.insert(inherited.end(), task.rpath.begin(), task.rpath.end());
    if (elf.runpath.empty()) asker.rpath = inherited;
    if (!elf.interpreter.empty()) {
        if (machine_ == Machine()) machine_ = elf.machine;
        take_path(elf.interpreter, "loader of " + task.path, Links::kFollow);
        // musl looks at RUNPATH, too, for the libraries of libraries.
        if (base_name(elf.interpreter).starts_with("ld-musl"))
            inherited.insert(inherited.end(), asker.runpath.begin(), asker.runpath.end());
    }
    for (const std::string& name : elf.needed) {
        const std::string path = libraries_.find(name, asker);
        if (path.empty()) {
            missing_libraries_.push_back(name + " of " + task.path);
            continue;
        }
        const std::size_t waiting = tasks_.size();
        take_path(path, "library of " + task.path, Links::kFollow);
        if (tasks_.size() > waiting) {
            tasks_.back().rpath = inherited;
            tasks_.back().named = path;
        }
        for (const std::string& variant : libraries_.variants(path, elf.machine))
            take_path(variant, "library of " + task.path, Links::kFollow);
    }
}

/// `line` is what follows "#!": an interpreter and, separated by blanks, at most one argument
/// (execve(2)).
void Closure::examine_script(const std::string& path, const std::string& line) {
    std::istringstream words(line);
    std::string interpreter, word;
    if (!(words >> interpreter)) return;
    const std::string why = "interpreter of " + path;
    take_path(interpreter, why, Links::kFollow);
    if (base_name(interpreter) != "env") return;
    // "env -S python3 -u" and "env A=b python3": the first word that is neither option nor
    // variable.
    while (words >> word)
        if (!word.starts_with('-') && word.find('=') == std::string::npos)
            return add_by_search_path(word, why);
}

void Closure::add_by_search_path(const std::string& program, const std::string& why) {
    for (const std::string& directory : options_.search_path) {
        const std::string path = directory + "/" + program;
        if (!stat_regular(root_, path)) continue;
        take_path(path, why, Links::kFollow);
        return;
    }
}

std::string Closure::find_library(const std::string& name, const Machine& machine) const {
    return libraries_.find(name, {machine, {}, {}});
}

}  // namespace mincs::polecat
