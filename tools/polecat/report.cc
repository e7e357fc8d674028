// See report.hh.
#include "tools/polecat/report.hh"

#include <fmt/format.h>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

std::string shown(const std::vector<std::string>& command) {
    std::string text;
    for (const std::string& word : command) text += (text.empty() ? "" : " ") + printable(word);
    return text;
}

std::string about_runs(const std::vector<TracedRun>& runs) {
    std::string text;
    for (std::size_t i = 0; i < runs.size(); ++i)
        text += fmt::format("# run {}: {}: {}\n", i + 1,
                            runs[i].stopped ? "stopped" : fmt::format("status {}", runs[i].status),
                            shown(runs[i].command));
    return text;
}

std::string about_proof(const std::optional<Proof>& proof) {
    if (!proof) return "# proof: not wanted\n";
    std::string text = "# " + proof->summary() + "\n";
    for (std::size_t i = 0; i < proof->runs.size(); ++i) {
        const ProvenRun& run = proof->runs[i];
        switch (run.result) {
            case ProvenRun::Result::kHolds:
                text += fmt::format("# proof of run {}: holds\n", i + 1);
                break;
            case ProvenRun::Result::kImpossible:
                text += fmt::format("# proof of run {}: cannot be repeated: {}\n", i + 1, run.why);
                break;
            case ProvenRun::Result::kDiffers:
                for (const std::string& difference : run.differences)
                    text += fmt::format("# proof of run {}: differs: {}\n", i + 1, difference);
        }
    }
    for (const std::string& path : proof->added)
        text += fmt::format("# proof added: {}\n", printable(path));
    return text;
}

}  // namespace

std::string make_report(const std::vector<TracedRun>& runs, const Files& files,
                        const Closure& closure, const std::optional<Proof>& proof) {
    std::string text = about_runs(runs) + about_proof(proof);
    for (const auto& [path, file] : files)
        text +=
            fmt::format("{}\t{}\t{}\n", printable(path), file.info.st_size, printable(file.why));
    for (const LeftOut& left_out : closure.left_out())
        text += fmt::format("{}\tleft out\t{}\n", printable(left_out.path), left_out.why);
    for (const std::string& missing : closure.missing_libraries())
        text += fmt::format("{}\tmissing library\t\n", printable(missing));
    Trace all;
    for (const TracedRun& run : runs) merge(all, run.trace);
    for (const auto& [path, touch] : all)
        if (!touch.existed)
            text += fmt::format("{}\tnot there\t{}{}\n", printable(path), why_touched(touch.uses),
                                touch.by.empty() ? "" : " by " + printable(touch.by));
    return text;
}

}  // namespace mincs::polecat
