// From the traces of all runs to the files of the bundle: the closure adds what they need, the
// rules what no trace can see, --include and --exclude what the user knows better.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tools/polecat/closure.hh"
#include "tools/polecat/options.hh"
#include "tools/polecat/rules.hh"
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

/// "NAME=VALUE" texts as a map.
std::map<std::string, std::string> to_map(const std::vector<std::string>& variables);

class Collector {
 public:
    /// `environment` is the command's; `hidden` as in ClosureOptions. `root` must outlive this.
    Collector(const fs::RootDir& root, const Options& options,
              const std::vector<std::string>& environment, std::vector<std::string> hidden);

    void add(const TracedRun& run);
    /// What the proof says is missing.
    void add_missed(const std::string& path);
    /// A directory that a script wants.
    void add_directory(const std::string& path);
    /// After the last add(): what was asked for by name, and the rules, until nothing new comes.
    void complete();

    /// The closure's files less the excluded ones, plus the directories that every container has.
    Files files() const;
    const Closure& closure() const { return closure_; }
    /// Left out on purpose: by --exclude, as a secret, or as no file that can be packed.
    bool is_left_out(const std::string& path) const;
    const fs::RootDir& root() const { return root_; }

 private:
    const fs::RootDir& root_;
    const Options& options_;
    std::map<std::string, std::string> environment_;
    Rules rules_;
    Closure closure_;
};

}  // namespace mincs::polecat
