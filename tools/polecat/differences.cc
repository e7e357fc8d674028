// See differences.hh.
#include "tools/polecat/differences.hh"

#include <algorithm>
#include <cctype>
#include <set>

#include "libcore/base/error.hh"
#include "tools/polecat/tree.hh"

namespace mincs::polecat {
namespace {

/// Where programs keep what is of this one run.
constexpr const char* kScratch[] = {"/tmp", "/var/tmp", "/run", "/var/run"};

/// Numbers (of processes, moments, counters) say nothing in a name that is not there.
std::string without_numbers(const std::string& path) {
    std::string result;
    for (const char c : path) {
        const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
        if (!digit)
            result += c;
        else if (!result.ends_with('#'))
            result += '#';
    }
    return result;
}

class Comparison {
 public:
    Comparison(const TracedRun& first, const TracedRun& second, const Judge& judge)
        : first_(first), second_(second), judge_(judge) {
        for (const TracedRun* run : {&first, &second})
            for (const auto& [path, touch] : run->trace)
                if (touch.uses & kCreate) made_.insert(path);
        for (const auto& [path, touch] : first.trace) names_first_.insert(without_numbers(path));
        for (const auto& [path, touch] : second.trace) names_second_.insert(without_numbers(path));
    }

    std::vector<Difference> compare() {
        for (const auto& [path, touch] : first_.trace) {
            const auto other = second_.trace.find(path);
            if (other == second_.trace.end())
                only(Difference::Kind::kOnlyFirst, path, names_second_);
            else if (touch.existed && !other->second.existed)
                differ(Difference::Kind::kLost, path);
            else if (!touch.existed && other->second.existed)
                differ(Difference::Kind::kAppeared, path);
        }
        for (const auto& [path, touch] : second_.trace)
            if (!first_.trace.contains(path))
                only(Difference::Kind::kOnlySecond, path, names_first_);
        std::sort(found_.begin(), found_.end());
        return std::move(found_);
    }

 private:
    bool is_ignored(const std::string& path) const {
        for (const TracedRun* run : {&first_, &second_})
            for (const std::string& hidden : run->hidden)
                if (is_at_or_below(path, hidden)) return true;  // shown by the host
        if (judge_.is_left_out(path)) return true;
        if (judge_.exists_in_root(path)) return false;
        // Below here: nothing the root has, so nothing that could be packed.
        if (is_below_made(path)) return true;
        return std::any_of(std::begin(kScratch), std::end(kScratch),
                           [&](const char* top) { return is_at_or_below(path, top); });
    }

    /// Made by a run itself, or in a directory that was.
    bool is_below_made(std::string path) const {
        while (path.size() > 1) {
            if (made_.contains(path)) return true;
            path.erase(std::max<std::size_t>(path.rfind('/'), 1));
        }
        return false;
    }

    void differ(Difference::Kind kind, const std::string& path) {
        if (!is_ignored(path)) found_.push_back({kind, path});
    }

    void only(Difference::Kind kind, const std::string& path, const std::set<std::string>& others) {
        if (is_ignored(path)) return;
        if (!judge_.exists_in_root(path) && others.contains(without_numbers(path))) return;
        found_.push_back({kind, path});
    }

    const TracedRun& first_;
    const TracedRun& second_;
    const Judge& judge_;
    std::set<std::string> made_;
    std::set<std::string> names_first_, names_second_;
    std::vector<Difference> found_;
};

}  // namespace

std::string Difference::text() const {
    switch (kind) {
        case Kind::kLost:
            return "'" + printable(path) + "' is not found any more";
        case Kind::kAppeared:
            return "'" + printable(path) + "' is found, and was not before";
        case Kind::kOnlyFirst:
            return "'" + printable(path) + "' is not asked for any more";
        case Kind::kOnlySecond:
            return "'" + printable(path) + "' is asked for, and was not before";
    }
    return path;
}

std::vector<Difference> differences(const TracedRun& first, const TracedRun& second,
                                    const Judge& judge) {
    std::vector<Difference> found = Comparison(first, second, judge).compare();
    if (first.stopped || second.stopped)
        std::erase_if(found,
                      [](const Difference& one) { return one.kind != Difference::Kind::kLost; });
    return found;
}

}  // namespace mincs::polecat
