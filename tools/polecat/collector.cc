// See collector.hh.
#include "tools/polecat/collector.hh"

#include <algorithm>
#include <cstdlib>

#include "libcore/base/log.hh"
#include "tools/polecat/glob.hh"
#include "tools/polecat/tree.hh"

extern char** environ;

namespace mincs::polecat {
namespace {

using Environment = std::map<std::string, std::string>;

std::string value_of(const Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? "" : found->second;
}

/// The language and time zone of whoever packs: the bundle will get them, too, when he runs it.
void add_callers(Environment& environment) {
    for (char** variable = environ; *variable; ++variable) {
        const std::string_view text = *variable;
        const std::size_t equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string name(text.substr(0, equals));
        if (name == "LANG" || name == "TZ" || name.starts_with("LC_"))
            environment.emplace(name, text.substr(equals + 1));
    }
}

bool is_excluded(const Options& options, const std::string& path) {
    return std::any_of(options.exclude.begin(), options.exclude.end(),
                       [&](const std::string& pattern) { return matches(pattern, path); });
}

bool is_named(const Options& options, const std::string& path) {
    return std::find(options.include.begin(), options.include.end(), path) != options.include.end();
}

ClosureOptions closure_options(const Options& options, const Environment& environment,
                               const Rules& rules, std::vector<std::string> hidden) {
    ClosureOptions result;
    result.search_path = split_path_list(value_of(environment, "PATH"));
    result.ld_library_path = value_of(environment, "LD_LIBRARY_PATH");
    result.hidden = std::move(hidden);
    result.veto = [&rules, &options](const std::string& path, const fs::RootDir& root) {
        if (is_named(options, path)) return std::string();
        if (is_excluded(options, path)) return std::string("--exclude");
        return why_secret(rules, root, path);
    };
    return result;
}

std::string why_in(const Touch& touch) {
    const std::string why = why_touched(touch.uses);
    return touch.by.empty() ? why : why + " by " + touch.by;
}

}  // namespace

std::map<std::string, std::string> to_map(const std::vector<std::string>& variables) {
    Environment map;
    for (const std::string& variable : variables) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos)
            map[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
    return map;
}

Collector::Collector(const fs::RootDir& root, const Options& options,
                     const std::vector<std::string>& environment, std::vector<std::string> hidden)
    : root_(root),
      options_(options),
      environment_(to_map(environment)),
      rules_(Rules::built_in()),
      closure_(root, closure_options(options, environment_, rules_, std::move(hidden))) {
    // Who wants the same bytes everywhere says so.
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    if (!epoch || !*epoch) add_callers(environment_);
}

/// Programs first, so that a library is asked for its own libraries in the name of the program that
/// loads it.
void Collector::add(const TracedRun& run) {
    const auto is_hidden = [&](const std::string& path) {
        return std::any_of(run.hidden.begin(), run.hidden.end(), [&](const std::string& hidden) {
            return is_at_or_below(path, hidden) && path != hidden;
        });
    };
    for (const bool programs : {true, false})
        for (const auto& [path, touch] : run.trace) {
            if (programs != ((touch.uses & kExecute) != 0) || is_hidden(path)) continue;
            closure_.add(path, why_in(touch),
                         touch.uses & kFollow ? Closure::Links::kFollow : Closure::Links::kKeep);
            // What is to be made needs the directory it is made in.
            if (touch.uses & kCreate)
                closure_.add(path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)),
                             "something was made in it");
        }
}

void Collector::add_missed(const std::string& path) {
    closure_.add(path, "the proof missed it");
}

void Collector::add_directory(const std::string& path) {
    closure_.add(path, "MKDIRS of the script");
}

void Collector::complete() {
    for (const std::string& pattern : options_.include) {
        const std::vector<std::string> paths = glob(root_, pattern);
        if (paths.empty()) warning("--include '{}' matches nothing, ignoring", printable(pattern));
        for (const std::string& path : paths) closure_.add(path, "--include " + pattern);
    }
    apply_rules(rules_, root_, environment_, closure_);
}

Files Collector::files() const {
    Files files = closure_.files();
    std::erase_if(files, [&](const auto& entry) {
        return entry.first != "/" && is_excluded(options_, entry.first) &&
               !is_named(options_, entry.first);
    });
    // A file that is named in full keeps the directories it lies in.
    for (const auto& [path, file] : closure_.files()) {
        if (!files.contains(path)) continue;
        for (std::size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
             slash = path.rfind('/', slash - 1)) {
            const std::string above = path.substr(0, slash);
            if (!files.emplace(above, closure_.files().at(above)).second) break;
        }
    }
    for (const char* directory : {"/dev", "/proc", "/sys", "/tmp"}) {
        if (files.contains(directory)) continue;
        File file;
        file.info = files.at("/").info;
        file.info.st_mode = S_IFDIR | (directory == std::string_view("/tmp") ? 01777 : 0755);
        file.info.st_ino = 0;  // no hard link of anything
        file.why = "every container has it";
        files[directory] = file;
    }
    return files;
}

bool Collector::is_left_out(const std::string& path) const {
    if (is_excluded(options_, path) && !is_named(options_, path)) return true;
    return std::any_of(closure_.left_out().begin(), closure_.left_out().end(),
                       [&](const LeftOut& left_out) { return left_out.path == path; });
}

}  // namespace mincs::polecat
