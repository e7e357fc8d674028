// marten stats: what containers use of the machine, once or again and again.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>

#include "db/images.hh"
#include "libcore/base/units.hh"
#include "libcore/container/usage.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/cpu_text.hh"
#include "tools/marten/listing.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"

namespace mincs::marten {
namespace {

using Clock = std::chrono::steady_clock;

/// What a container had used at a moment.
struct Sample {
    db::Container container;
    container::ContainerUsage usage;
    Clock::time_point at;
};

/// By ID. Without names: of all that run.
std::map<std::string, Sample> take_samples(db::Store& store,
                                           const std::vector<std::string>& typed) {
    std::vector<db::Container> containers =
        typed.empty() ? db::list_containers(store) : get_containers(store, typed);
    std::map<std::string, Sample> samples;
    for (db::Container& container : containers) {
        if (container.pid == 0) continue;
        const auto init = static_cast<pid_t>(container.pid);
        auto usage = container::usage_of_container(init, container.id);
        const std::string id = container.id;
        samples.insert_or_assign(id, Sample{std::move(container), usage, Clock::now()});
    }
    return samples;
}

void print(const StatsOptions& options, const std::map<std::string, Sample>& before,
           const std::map<std::string, Sample>& now) {
    Listing list({{"id", "id"},
                  {"name", "name"},
                  {"cpu", "cpu_usec"},
                  {"memory", "memory"},
                  {"limit", "memory_limit"},
                  {"processes", "processes"},
                  {"threads", "threads"},
                  {"time", ""}},
                 options.format);
    for (const auto& [id, sample] : now) {
        const auto earlier = before.find(id);
        const bool is_new = earlier == before.end();
        const auto passed =
            is_new ? Clock::duration(0) : Clock::duration(sample.at - earlier->second.at);
        const std::int64_t used =
            is_new ? 0 : sample.usage.cpu_usec - earlier->second.usage.cpu_usec;
        const auto passed_usec =
            std::chrono::duration_cast<std::chrono::microseconds>(passed).count();
        const auto& limit = sample.usage.memory_limit;
        const std::string& name = sample.container.name;
        list.add({{options.full ? id : db::short_id(id), id},
                  {name.empty() ? "-" : name, name},
                  {cpu_share(used, passed_usec), sample.usage.cpu_usec},
                  {format_size(sample.usage.memory), sample.usage.memory},
                  {limit ? format_size(*limit) : "-", limit ? Value(*limit) : Value(nullptr)},
                  {std::to_string(sample.usage.processes), sample.usage.processes},
                  {std::to_string(sample.usage.threads), sample.usage.threads},
                  cpu_text(sample.usage.cpu_usec)});
    }
    list.finish();
    if (std::fflush(stdout) != 0) throw SysError(errno, "writing the output");
}

void pause_for(std::chrono::milliseconds time, const StopSignals& stop) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
        stop.check();
        usleep(20000);
    }
}

}  // namespace

void execute(const StatsOptions& options, const StopSignals& stop) {
    constexpr std::chrono::milliseconds kOnce{300}, kAgain{1000};
    db::Store store = open_for_asking();
    // One that does not run is said before anything is measured.
    for (const std::string& typed : options.containers) get_running(store, typed);
    auto before = take_samples(store, options.containers);
    pause_for(kOnce, stop);
    const bool is_screen = !options.once && options.format == "table" && isatty(STDOUT_FILENO);
    while (true) {
        auto now = take_samples(store, options.containers);
        if (is_screen) std::fputs("\x1b[H\x1b[J", stdout);
        print(options, before, now);
        // Those that were asked for have all ended.
        if (options.once || (now.empty() && !options.containers.empty())) return;
        before = std::move(now);
        pause_for(kAgain, stop);
    }
}

}  // namespace mincs::marten
