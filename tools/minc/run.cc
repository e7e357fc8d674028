// See run.hh.
#include "tools/minc/run.hh"

#include <unistd.h>

#include <cstdio>

#include "db/images.hh"
#include "libcore/base/log.hh"
#include "libcore/container/boot.hh"
#include "libcore/container/own_program.hh"
#include "librun/background.hh"
#include "librun/ftrace.hh"
#include "librun/hooks.hh"
#include "librun/ordinary_user.hh"

namespace mincs::minc {
namespace {

void write_cidfile(const std::string& path, const std::string& id) {
    const Fd file(check(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
                        "creating the ID file '{}'", path));
    write_all(file.get(), id + "\n", path);
}

/// Said at the end to a person; a script uses --cidfile.
void tell_what_stays(const run::Plan& plan, const run::Request& request) {
    if (!plan.keep() || !isatty(STDERR_FILENO)) return;
    const std::string id = db::short_id(plan.id());
    if (request.reuse.empty())
        write_log_line("", fmt::format("container {} stays: 'minc -t {}' uses it again, "
                                       "'marten rm {}' removes it",
                                       id, id, id));
}

void print_spec(const run::Request& request) {
    db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
    run::Plan plan = run::Plan::make(store, request);
    plan.drop();
    std::puts(container::to_oci_json(plan.spec()).c_str());
}

run::Plan make_plan(db::Store& store, const run::Request& request, const std::string& cidfile) {
    run::Plan plan = run::Plan::make(store, request);
    plan.settle_root();
    if (!cidfile.empty()) write_cidfile(cidfile, plan.id());
    return plan;
}

/// What root of the host is already. For an ordinary user, becomes root where the container's
/// network is.
std::optional<run::UserNetwork> become_root(const run::Request& request) {
    if (geteuid() == 0) return std::nullopt;
    if (request.network.is_said || request.reuse.empty())
        return run::become_root_for(run::complete(request.network, std::nullopt));
    const auto wanted = [&] {
        db::Store store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
        return run::Plan::network_of(store, request);
    };
    return run::become_root_for(wanted());
}

int run_in_background(const Options& options, const run::Request& request) {
    container::become_read_only_program();
    std::optional<run::UserNetwork> network;
    const std::string id =
        run::start_in_background([&] { network = become_root(request); },
                                 [&](db::Store& store) {
                                     run::Plan plan = make_plan(store, request, options.cidfile);
                                     plan.set_user_network(std::move(network));
                                     return plan;
                                 });
    std::puts(id.c_str());
    return 0;
}

/// Has the container written down: at once if it stays; of a short command that leaves nothing
/// behind nobody can ask anything. One that runs does not die because no list will have it.
int wait_for(container::RunningContainer& running, run::Plan& plan) {
    if (plan.keep()) {
        plan.started(running.pid());
        return running.wait();
    }
    plan.tidy();
    return running.wait([&] {
        try {
            plan.started(running.pid());
        } catch (const Error& error) {
            warning("{}, so that 'marten lc' does not know what runs", error.what());
        }
    });
}

}  // namespace

int run_container(const Options& options) {
    run::Request request = options.request;
    // A terminal of its own where a person sits at both ends; a pipe stays a pipe.
    request.terminal =
        request.background ? options.terminal : isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (options.print_spec) {
        run::become_root_if_ordinary_user();
        print_spec(request);
        return 0;
    }
    if (request.background) return run_in_background(options, request);
    // Then this program is the container's pid 1 for as long as it lives.
    if (request.init) container::become_read_only_program();

    std::optional<run::UserNetwork> network = become_root(request);
    db::Store store = db::Store::open_lazily(db::Layout::standard(), db::Durability::kFast);
    run::Plan plan = make_plan(store, request, options.cidfile);
    plan.set_user_network(std::move(network));
    std::optional<run::Ftrace> trace;
    if (!options.ftrace.empty()) trace.emplace(plan, options.ftrace, options.ftrace_output);
    container::StartOptions start{.filter = plan.filter()};
    if (trace) start.before_command = [&](pid_t pid) { trace->begin(pid); };
    auto running = run::start_with_hooks(plan, start, STDERR_FILENO);
    const int status = wait_for(running, plan);
    if (trace) trace->end();
    plan.ended(status);
    run::run_stop_hook(plan, status);
    debug("the command ended with status {}", status);
    tell_what_stays(plan, request);
    return status;
}

}  // namespace mincs::minc
