// See doctor.hh.
#include "tools/minc/doctor.hh"

#include <algorithm>
#include <cstdio>
#include <string>

#include "libcore/base/error.hh"
#include "librun/doctor/check.hh"

namespace mincs::minc {
namespace {

using run::doctor::Finding;
using run::doctor::State;

constexpr const char* kHelp =
    "Usage: minc doctor\n\n"
    "Try what containers need of this machine, for who asks, and print a table: whether each\n"
    "thing is ok, limited or missing, what that means, and what to do about it. Nothing is "
    "left.\n\n"
    "Exit status: 0 minc can run containers, 1 it cannot.\n"
    "A program called 'doctor' is run by 'minc -- doctor'. See also: man minc.\n";

const char* word_for(State state) {
    return state == State::kOk ? "ok" : state == State::kLimited ? "limited" : "missing";
}

void print(const Finding& finding, std::size_t width) {
    fmt::print("{:<8} {:<{}}  {}\n", word_for(finding.state), finding.what, width,
               printable(finding.meaning));
    if (finding.state != State::kOk && !finding.remedy.empty())
        fmt::print("{:<8} {:<{}}  remedy: {}\n", "", "", width, printable(finding.remedy));
}

}  // namespace

bool is_doctor(int argc, const char* const* argv) {
    return argc > 1 && std::string_view(argv[1]) == "doctor";
}

int run_doctor(int argc, const char* const* argv) {
    if (argc == 3 && std::string_view(argv[2]) == "--help") {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (argc > 2)
        throw UsageError("'minc doctor' takes nothing more")
            .with_hint("a program called 'doctor' is run by 'minc -- doctor'");
    const std::vector<Finding> findings = run::doctor::all_checks();
    std::size_t width = 0;
    std::string missing;
    for (const Finding& finding : findings) {
        width = std::max(width, finding.what.size());
        if (finding.is_essential && finding.state == State::kMissing)
            missing += (missing.empty() ? "" : ", ") + finding.what;
    }
    for (const Finding& finding : findings) print(finding, width);
    if (missing.empty())
        fmt::print("\nminc can run containers here.\n");
    else
        fmt::print("\nminc cannot run containers here, for want of: {}\n", missing);
    return missing.empty() ? 0 : 1;
}

}  // namespace mincs::minc
