// marten start, restart: the last run of a container once more, in the background.
#include <cstdio>

#include "libcore/container/own_program.hh"
#include "librun/background.hh"
#include "librun/ordinary_user.hh"
#include "librun/spec_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/end_container.hh"
#include "tools/marten/paused.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

/// For an ordinary user, becomes root where the container's network is.
std::optional<run::UserNetwork> become_root(const std::string& id) {
    if (geteuid() == 0) return std::nullopt;
    const auto last = [&] {
        db::Store store = open_for_asking();
        return run::read_spec(store.layout(), db::get_container(store, id));
    };
    return run::become_root_for(run::request_of(last()));
}

void start(const std::string& id) {
    std::optional<run::UserNetwork> network;
    run::start_in_background([&] { network = become_root(id); },
                             [&](db::Store& store) {
                                 run::Plan plan =
                                     run::Plan::again(store, db::get_container(store, id));
                                 plan.settle_root();
                                 plan.set_user_network(std::move(network));
                                 return plan;
                             });
    std::puts(id.c_str());
    std::fflush(stdout);
}

}  // namespace

void execute(const StartOptions& options, const StopSignals& stop) {
    container::become_read_only_program();
    std::vector<db::Container> containers;
    {
        db::Store store = open_for_asking();
        containers = get_containers(store, options.containers);
        for (const db::Container& container : containers)
            if (container.running)
                throw Error("the container '{}' is running", label_of(container));
    }
    for (const db::Container& container : containers) {
        stop.check();
        thaw(container);  // frozen when its supervisor was killed
        start(container.id);
    }
}

void execute(const RestartOptions& options, const StopSignals& stop) {
    container::become_read_only_program();
    const int signal = parse_signal(options.signal);
    std::vector<db::Container> containers;
    {
        db::Store store = open_for_asking();
        containers = get_containers(store, options.containers);
        std::vector<RunningContainer> running;
        for (const db::Container& container : containers)
            if (auto found = find_running(store, container)) running.push_back(std::move(*found));
        stop_all(running, signal, std::chrono::seconds(options.seconds), stop);
    }
    for (const db::Container& container : containers) start(container.id);
}

}  // namespace mincs::marten
