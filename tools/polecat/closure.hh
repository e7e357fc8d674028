// From the paths a command named to every file the bundle must hold: each link on the way and what
// it leads to, the directories, the loader and libraries of every program, the interpreters of
// every script, and so on until nothing new turns up. Reads the root only, as it was before the
// run.
#pragma once

#include <sys/stat.h>

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libcore/fs/root_dir.hh"
#include "tools/polecat/library_search.hh"

namespace mincs::polecat {

/// One entry of the bundle.
struct File {
    struct stat info = {};  ///< lstat(2) in the root
    std::string link;       ///< target of a symbolic link
    std::string why;        ///< for people: "opened", "library of /usr/bin/top"
};

/// By absolute path inside the root, no link on the way; a directory stands before what is in it.
/// "/" is in it.
using Files = std::map<std::string, File>;

struct LeftOut {
    std::string path;
    std::string why;
};

struct ClosureOptions {
    std::vector<std::string> search_path;  ///< the command's PATH, for "#!/usr/bin/env NAME"
    std::string ld_library_path;
    /// Says why a regular file must not be taken; empty: it may.
    std::function<std::string(const std::string& path, const fs::RootDir& root)> veto;
    /// Directories that the run saw something else in (binds): nothing below is taken.
    std::vector<std::string> hidden;
};

class Closure {
 public:
    /// `root` must outlive this.
    Closure(const fs::RootDir& root, ClosureOptions options);

    enum class Links { kFollow, kKeep };
    /// Takes what stands at `path` and all it needs; nothing happens where it does not exist.
    /// `path` may go through links and "..". A directory is taken without what is in it.
    void add(std::string_view path, std::string_view why, Links links = Links::kFollow);

    const Files& files() const { return files_; }
    /// The regular files among them, each in front of what it needs.
    const std::vector<std::string>& order() const { return order_; }
    const std::vector<LeftOut>& left_out() const { return left_out_; }
    const ClosureOptions& options() const { return options_; }
    /// "libx.so.1 of /usr/bin/y" that were not found in the root.
    const std::vector<std::string>& missing_libraries() const { return missing_libraries_; }
    /// The library `name` for a program of `machine`, as the loader finds it; empty: none.
    std::string find_library(const std::string& name, const Machine& machine) const;
    /// The machine of the first program with a loader; nothing so far: {0, 0}.
    Machine machine() const { return machine_; }

 private:
    /// A file that is in and still to be asked what it needs.
    struct Task {
        std::string path;
        std::vector<std::string> rpath = {};  // of the program that loads it, expanded
        std::string named = {};  // the path the loader knows a library by, maybe a link
    };

    std::string take_path(std::string_view path, std::string_view why, Links links);
    bool take_entry(const std::string& path, std::string_view why, struct stat& info);
    void drain();
    void examine(const Task& task);
    void examine_elf(const Task& task, const ElfFile& elf);
    void examine_script(const std::string& path, const std::string& first_line);
    void add_by_search_path(const std::string& program, const std::string& why);
    bool is_outside(const std::string& path) const;

    const fs::RootDir& root_;
    ClosureOptions options_;
    LibrarySearch libraries_;
    Files files_;
    std::vector<std::string> order_;
    std::map<std::string, std::string> refused_;  // path to why, so that each is named once
    std::vector<LeftOut> left_out_;
    std::vector<std::string> missing_libraries_;
    std::deque<Task> tasks_;
    Machine machine_;
};

}  // namespace mincs::polecat
