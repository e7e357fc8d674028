// marten top: the processes of a container.
#include "libcore/base/units.hh"
#include "libcore/container/usage.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/cpu_text.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

std::string shortened(const std::string& text, bool full) {
    constexpr std::size_t kWidth = 80;
    return full || text.size() <= kWidth ? text : text.substr(0, kWidth - 3) + "...";
}

std::string number(std::int64_t value) {
    return std::to_string(value);
}

}  // namespace

void execute(const TopOptions& options, const StopSignals&) {
    Listing list({{"pid", "pid"},
                  {"inside", "pid_inside"},
                  {"uid", "uid"},
                  {"state", "state"},
                  {"threads", "threads"},
                  {"resident", "resident"},
                  {"cpu", "cpu_usec"},
                  {"command", "command"},
                  {"parent", "parent", false}},
                 options.format);
    db::Store store = open_for_asking();
    const RunningContainer running = get_running(store, options.container);
    for (const auto& process :
         container::usage_of_processes(static_cast<pid_t>(running.container.pid)))
        list.add({{number(process.pid), std::int64_t{process.pid}},
                  {number(process.pid_inside), std::int64_t{process.pid_inside}},
                  {number(process.uid), std::int64_t{process.uid}},
                  std::string(1, process.state),
                  {number(process.threads), process.threads},
                  {format_size(process.resident), process.resident},
                  {cpu_text(process.cpu_usec), process.cpu_usec},
                  {shortened(process.command, options.full), process.command},
                  {number(process.parent), std::int64_t{process.parent}}});
    list.finish();
}

}  // namespace mincs::marten
