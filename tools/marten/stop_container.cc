// marten stop, kill, wait: the end of containers that run.
#include <csignal>
#include <cstdio>

#include "tools/marten/commands.hh"
#include "tools/marten/end_container.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

int status_of(const db::Container& container, const RunEnd& end) {
    const auto record = end.record();
    if (!record) throw Error("the container '{}' has never run", label_of(container));
    if (!record->exit_status)
        throw Error("how the container '{}' ended is not known: its supervisor was killed",
                    label_of(container));
    return *record->exit_status;
}

}  // namespace

void execute(const StopOptions& options, const StopSignals& stop) {
    db::Store store = open_for_asking();
    const int signal = parse_signal(options.signal);
    const std::vector<db::Container> containers = get_containers(store, options.containers);
    std::vector<RunningContainer> running;
    for (const db::Container& container : containers)
        if (auto found = find_running(store, container)) running.push_back(std::move(*found));
    stop_all(running, signal, std::chrono::seconds(options.seconds), stop);
    // One that had ended before is as it was wanted.
    for (const db::Container& container : containers) std::puts(container.id.c_str());
}

void execute(const KillOptions& options, const StopSignals&) {
    db::Store store = open_for_asking();
    const int signal = parse_signal(options.signal);
    std::vector<RunningContainer> running;
    for (const std::string& typed : options.containers)
        running.push_back(get_running(store, typed));
    for (const RunningContainer& each : running) {
        each.send(signal);
        if (signal == SIGKILL) thaw(each.container);
        std::puts(each.container.id.c_str());
    }
}

void execute(const WaitOptions& options, const StopSignals& stop) {
    std::vector<std::pair<db::Container, RunEnd>> waited;
    {
        db::Store store = open_for_asking();
        for (db::Container& container : get_containers(store, options.containers)) {
            RunEnd end(store, container);
            waited.emplace_back(std::move(container), std::move(end));
        }
    }
    for (const auto& [container, end] : waited) {
        end.wait(stop);
        std::puts(std::to_string(status_of(container, end)).c_str());
        std::fflush(stdout);
    }
}

}  // namespace mincs::marten
