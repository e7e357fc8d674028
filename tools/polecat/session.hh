// The place where commands are run under the tracer, again and again: one root, one environment,
// and for every run a fresh overlay, so that no run sees what another one wrote. What a script's
// install_command wrote, all later runs see.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "db/store.hh"
#include "libcore/fs/root_dir.hh"
#include "librun/plan.hh"
#include "tools/polecat/options.hh"
#include "tools/polecat/run_input.hh"
#include "tools/polecat/trace.hh"
#include "tools/polecat/traced_run.hh"

namespace mincs::polecat {

/// A run with what is needed to do it again.
struct RecordedRun {
    TracedRun run;
    RecordedInput input;
    bool from_file = false;  ///< of a trace file, which holds no input
};

class Session {
 public:
    /// `store` must outlive this.
    Session(db::Store& store, const Options& options);

    /// What the traced command is booted with, the caller's directory included.
    const container::ContainerSpec& spec() const { return spec_; }
    /// The root as it is before a run.
    fs::RootDir open_root() const;
    /// The words of the bundle's own command (with an image's entrypoint).
    const std::vector<std::string>& command() const { return plan_.spec().process.args; }
    /// Where a --run goes: its words as they are, or the root's shell where it needs one.
    std::vector<std::string> words_of(const std::string& text) const;

    const run::Plan& plan() const { return plan_; }
    /// Where a program of this name may stand: itself with a '/', else in the directories of PATH.
    std::vector<std::string> programs_named(const std::string& program) const;

    /// Runs it in the root. `reads`: it gets the caller's stdin; else nothing to read.
    RecordedRun trace(const std::vector<std::string>& command, bool reads);
    /// The same once more: in the root, or in what is mounted at `root`. The directories of the
    /// host that it is shown cannot be changed by it.
    RecordedRun repeat(const RecordedRun& first, const std::string& root);
    /// Runs a command untraced, and keeps what it changes for all later runs. Its exit status.
    int install(const std::vector<std::string>& command);
    /// Runs a command untraced, drops what it changed, and takes what it prints. Its exit status.
    int capture(const std::vector<std::string>& command, std::string& output);

    /// Directories in which a run sees something else than the root's.
    std::vector<std::string> hidden() const;
    /// The path of a directory that nobody else uses; it goes with the session.
    std::string scratch(const std::string& name) const { return plan_.directory().base / name; }
    /// Leaves the caller's mount namespace, before the first repeat().
    static void unshare_mounts();
    bool is_host() const { return options_.root == "host"; }

 private:
    /// What one run changes of the root; gone with it.
    class Upper;

    container::ContainerSpec spec_for(const std::vector<std::string>& command) const;
    bool has_shell() const;

    const Options& options_;
    run::Plan plan_;
    container::ContainerSpec spec_;
    std::vector<std::string> lower_;  ///< of the root, topmost first
    bool started_ = false;
    bool has_warned_ = false;  ///< that there is another way than the kernel's overlay
};

}  // namespace mincs::polecat
