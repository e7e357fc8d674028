// See proof.hh.
#include "tools/polecat/proof.hh"

#include <fmt/format.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <set>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/command_error.hh"
#include "libcore/fs/mount.hh"
#include "libcore/fs/own_attributes.hh"
#include "libcore/fs/owner_note.hh"
#include "tools/polecat/differences.hh"
#include "tools/polecat/runner/fuse_server.hh"
#include "tools/polecat/runner/image_mount.hh"
#include "tools/polecat/runner/unpack.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

/// Rounds in which files are added. Each one adds at least one, so it ends anyhow; this is for
/// programs that go on asking for new ones.
constexpr int kMaxRounds = 5;
/// Repetitions before a look-up that only one run made in vain counts.
constexpr int kMoreTries = 3;

/// A machine may have no loop device, or none for us; what is said of it is about the proof here.
LoopDevice loop_device_for(const Fd& image, std::uint64_t size) {
    try {
        return attach_loop_device(image.get(), {0, size});
    } catch (const Error& error) {
        throw Error("proving that nothing is missing: {}", error.what())
            .with_hint("it needs a loop device; --no-verify makes the file without a proof");
    }
}

/// The image, mounted in this process's own mount namespace.
class MountedImage {
 public:
    MountedImage(const Fd& image, std::string place) : place_(std::move(place)) {
        struct stat info;
        check(fstat(image.get(), &info), "examining the image");
        const Extent whole{0, static_cast<std::uint64_t>(info.st_size)};
        make_directories(place_);
        if (fs::in_first_user_namespace())
            mount_by_loop(image, whole.size);
        else
            serve(image, whole);
    }
    MountedImage(const MountedImage&) = delete;
    MountedImage& operator=(const MountedImage&) = delete;
    ~MountedImage() {
        umount2(place_.c_str(), MNT_DETACH);
        rmdir(place_.c_str());
    }
    const std::string& place() const { return place_; }

 private:
    void mount_by_loop(const Fd& image, std::uint64_t size) {
        const LoopDevice device = loop_device_for(image, size);
        const Fd mount =
            fs::new_filesystem("squashfs", {"source=" + device.path, "ro"},
                               MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
        const Fd target(
            check(open(place_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "opening '{}'", place_));
        fs::attach_mount(mount.get(), target.get(), place_);
    }

    /// As a user's bundle does it, by rung 2 or 3: the kernel mounts images for root only.
    void serve(const Fd& image, const Extent& whole) {
        Squashfs squashfs(image.get(), whole);
        try {
            server_ =
                mount_by_fuse(image, squashfs, place_, {.single_owner = fs::notes_owners()}, {});
        } catch (const SysError& error) {
            debug("proof: {}, so in memory", error.what());
            unpack_in_memory(squashfs);
        }
    }

    void unpack_in_memory(Squashfs& squashfs) {
        const Fd memory =
            fs::new_filesystem("tmpfs", {"mode=0755"}, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID);
        const auto open_place = [&](int flags) {
            return Fd(check(open(place_.c_str(), flags | O_DIRECTORY | O_CLOEXEC), "opening '{}'",
                            place_));
        };
        fs::attach_mount(memory.get(), open_place(O_PATH).get(), place_);
        unpack(squashfs, open_place(O_RDONLY).get(), !fs::notes_owners());
    }

    std::string place_;
    FileServer server_;
};

/// Why the run cannot be repeated; empty: it can.
std::string why_impossible(const RecordedRun& run) {
    if (run.from_file && run.run.input != "none")
        return "its input (a " + run.run.input + ") is not in the trace file";
    if (run.input.too_much && run.input.kind == RecordedInput::Kind::kTerminal)
        return "what was typed is not known";
    if (run.input.too_much) return "it read more than is kept";
    return {};
}

std::string_view directory_of(std::string_view path) {
    return path.substr(0, path.rfind('/'));
}

class Prover {
 public:
    Prover(Session& session, const std::vector<RecordedRun>& runs, Collector& collector)
        : session_(session), runs_(runs), collector_(collector) {
        judge_.exists_in_root = [this](const std::string& path) {
            return open_if_usable(collector_.root(), path, O_PATH | O_NOFOLLOW).has_value();
        };
        judge_.is_left_out = [this](const std::string& path) {
            return collector_.is_left_out(path);
        };
    }

    Proof run(const PackImage& pack, Fd& image) {
        Proof proof;
        while (true) {
            ++proof.rounds;
            try_all(image);
            const std::vector<std::string> added =
                proof.rounds < kMaxRounds ? add_missed() : std::vector<std::string>();
            if (added.empty()) break;
            proof.added.insert(proof.added.end(), added.begin(), added.end());
            image = pack();
        }
        for (std::size_t i = 0; i < runs_.size(); ++i) proof.runs.push_back(judge(i, image));
        return proof;
    }

 private:
    void try_all(const Fd& image) {
        const MountedImage mounted(image, session_.scratch("image"));
        seconds_.clear();
        for (const RecordedRun& first : runs_) {
            seconds_.emplace_back();
            if (!why_impossible(first).empty()) continue;
            debug("proof: '{}' in the packed root", printable(first.run.command.front()));
            seconds_.back() = repeat(first, mounted.place());
        }
    }

    /// A command that cannot even be started has a status, too.
    TracedRun repeat(const RecordedRun& first, const std::string& root) {
        try {
            TracedRun run = session_.repeat(first, root).run;
            run.hidden = first.run.hidden;
            return run;
        } catch (const container::CommandError& error) {
            TracedRun run;
            run.command = first.run.command;
            run.hidden = first.run.hidden;
            run.status = error.exit_code();
            return run;
        }
    }

    /// What the second runs asked for, or the first ones alone, and the whole root has.
    std::vector<std::string> add_missed() {
        std::set<std::string> missed;
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            if (!seconds_[i]) continue;
            for (const Difference& one : differences(runs_[i].run, *seconds_[i], judge_))
                if (one.kind != Difference::Kind::kAppeared && judge_.exists_in_root(one.path))
                    missed.insert(one.path);
        }
        std::vector<std::string> added;
        const std::size_t before = collector_.closure().files().size();
        for (const std::string& path : missed) {
            const std::size_t size = collector_.closure().files().size();
            collector_.add_missed(path);
            if (collector_.closure().files().size() > size) added.push_back(path);
        }
        if (collector_.closure().files().size() > before) collector_.complete();
        return added;
    }

    ProvenRun judge(std::size_t index, const Fd& image) {
        const RecordedRun& first = runs_[index];
        ProvenRun result;
        result.command = first.run.command;
        result.why = why_impossible(first);
        if (!result.why.empty()) {
            result.result = ProvenRun::Result::kImpossible;
            return result;
        }
        const TracedRun& second = *seconds_[index];
        std::vector<Difference> left = differences(first.run, second, judge_);
        bool same_end = ends_alike(first.run, second);
        if (!left.empty() || !same_end) {
            debug("proof: {} differences; the same once more in the whole root", left.size());
            const TracedRun again = repeat(first, "");
            const std::vector<Difference> usual = differences(first.run, again, judge_);
            std::erase_if(left, [&](const Difference& one) { return is_usual(one, usual, again); });
            same_end |= !ends_alike(first.run, again) && ends_alike(again, second);
        }
        if (!left.empty()) forgive_chance(first, image, left);
        if (!same_end) {
            if (std::string left_out = left_out_and_missed(second); !left_out.empty()) {
                result.result = ProvenRun::Result::kImpossible;
                result.why = "it ends otherwise without '" + left_out + "', which is left out";
                return result;
            }
        }
        if (!same_end)
            result.differences.push_back(
                fmt::format("it ended with status {}, before {}", second.status, first.run.status));
        for (const Difference& one : left) result.differences.push_back(one.text());
        if (!result.differences.empty()) result.result = ProvenRun::Result::kDiffers;
        return result;
    }

    /// A signal may end a call before anybody has looked at it (seccomp_unotify(2), "Interaction
    /// with SA_RESTART signal handlers"): a shell that is told of a child's end just then leaves a
    /// place of its PATH out. So a look-up in vain that only one run made counts if it is so each
    /// time.
    void forgive_chance(const RecordedRun& first, const Fd& image, std::vector<Difference>& left) {
        using Kind = Difference::Kind;
        const auto may_be_chance = [this](const Difference& one) {
            return (one.kind == Kind::kOnlyFirst || one.kind == Kind::kOnlySecond) &&
                   !judge_.exists_in_root(one.path);
        };
        for (int i = 0; i < kMoreTries && !left.empty(); ++i) {
            if (!std::all_of(left.begin(), left.end(), may_be_chance)) return;
            debug("proof: {} look-ups in vain differ; once more in both roots", left.size());
            const MountedImage mounted(image, session_.scratch("image"));
            const TracedRun packed = repeat(first, mounted.place());
            const TracedRun whole = repeat(first, "");
            std::erase_if(left, [&](const Difference& one) {
                return (one.kind == Kind::kOnlyFirst ? packed : whole).trace.contains(one.path);
            });
        }
    }

    /// A path that the second run looked for in vain, as it is left out on purpose.
    std::string left_out_and_missed(const TracedRun& second) const {
        for (const auto& [path, touch] : second.trace)
            if (!touch.existed && judge_.exists_in_root(path) && judge_.is_left_out(path))
                return printable(path);
        return {};
    }

    /// Whether a repetition in the whole root differs from the first run in this, too. Of names
    /// that the root does not have, the directory says enough: they may be made up anew each time.
    bool is_usual(const Difference& one, const std::vector<Difference>& usual,
                  const TracedRun& again) const {
        if (one.kind == Difference::Kind::kLost) {
            const auto seen = again.trace.find(one.path);
            if (seen != again.trace.end() && seen->second.existed) return false;
        }
        const bool made_up = !judge_.exists_in_root(one.path);
        return std::any_of(usual.begin(), usual.end(), [&](const Difference& other) {
            return other.path == one.path ||
                   (made_up && directory_of(other.path) == directory_of(one.path) &&
                    !judge_.exists_in_root(other.path));
        });
    }

    static bool ends_alike(const TracedRun& one, const TracedRun& other) {
        return one.stopped == other.stopped && (one.stopped || one.status == other.status);
    }

    Session& session_;
    const std::vector<RecordedRun>& runs_;
    Collector& collector_;
    Judge judge_;
    std::vector<std::optional<TracedRun>> seconds_;
};

}  // namespace

bool Proof::holds() const {
    return std::none_of(runs.begin(), runs.end(), [](const ProvenRun& run) {
        return run.result == ProvenRun::Result::kDiffers;
    });
}

std::string Proof::summary() const {
    std::size_t counts[3] = {};
    for (const ProvenRun& run : runs) ++counts[static_cast<std::size_t>(run.result)];
    std::string text = fmt::format("proof: {} of {} {} did the same on these files alone",
                                   counts[0], runs.size(), runs.size() == 1 ? "run" : "runs");
    if (!added.empty())
        text += fmt::format(", {} {} added on the way", added.size(),
                            added.size() == 1 ? "path" : "paths");
    if (counts[2] != 0) text += fmt::format(", {} could not be repeated", counts[2]);
    return text;
}

Proof prove(Session& session, const std::vector<RecordedRun>& runs, Collector& collector,
            const PackImage& pack, Fd& image) {
    return Prover(session, runs, collector).run(pack, image);
}

}  // namespace mincs::polecat
