// Commands whose work is not written yet. This file goes when it is empty.
#include "libcore/base/error.hh"
#include "tools/marten/commands.hh"

namespace mincs::marten {
namespace {

[[noreturn]] void pending() {
    throw Error("this command is not written yet");
}

}  // namespace

void execute(const GcOptions&, const StopSignals&) {
    pending();
}
void execute(const DfOptions&, const StopSignals&) {
    pending();
}

}  // namespace mincs::marten
