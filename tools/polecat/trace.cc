// See trace.hh.
#include "tools/polecat/trace.hh"

namespace mincs::polecat {

void merge(Trace& into, const Trace& more) {
    for (const auto& [path, touch] : more) {
        Touch& known = into[path];
        known.uses |= touch.uses;
        known.existed |= touch.existed;
        known.missing |= touch.missing;
        if (known.by.empty()) known.by = touch.by;
    }
}

std::string why_touched(unsigned uses) {
    if (uses & kExecute) return "executed";
    if (uses & kOpen) return "opened";
    if (uses & kEnter) return "entered";
    return uses & (kChange | kCreate) ? "changed" : "looked at";
}

}  // namespace mincs::polecat
