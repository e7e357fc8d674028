// See background.hh. Who does what, in time:
//
//     caller                                 supervisor
//     ------                                 ----------
//     clone                        ------->  a session of its own, no descriptors of the caller
//     waits for the report                   the plan with its lock, the log, the container
//                                  <-------  its ID; or what failed
//     goes                                   lets stderr go; watches until the command has ended
#include "librun/background.hh"

#include <sys/socket.h>

#include "libcore/container/attach.hh"
#include "libcore/container/boot.hh"
#include "librun/hooks.hh"

namespace mincs::run {
namespace {

constexpr std::string_view kStarted = "started ";

Fd open_null_device() {
    return Fd(check(open("/dev/null", O_RDWR | O_CLOEXEC), "opening /dev/null"));
}

/// The terminal's hangup and the caller's files are no matter of ours.
void leave_caller(int report) {
    check(setsid(), "starting a session");
    close_descriptors_but({report});
    // Errors of the set-up and --debug still go to the caller's stderr.
    const Fd null = open_null_device();
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO})
        check(dup2(null.get(), standard), "letting the caller's streams go");
}

/// The caller may have gone meanwhile (^C): then nobody wants the container any more.
void tell_caller(int report, std::string_view text) {
    check(send(report, text.data(), text.size(), MSG_NOSIGNAL), "telling the caller of the start");
}

/// From now on nothing here is the caller's, not even its directory; it goes on when the report
/// ends.
void settle(Fd& report) {
    const Fd null = open_null_device();
    check(dup2(null.get(), STDERR_FILENO), "letting the caller's stderr go");
    check(chdir("/"), "leaving the caller's directory");
    report.reset();
}

/// What the container's streams are here and inside.
struct Streams {
    container::DetachedStreams ours;
    Fd in, out, err;

    explicit Streams(const Plan& plan)
        : ours{container::LogFile(plan.directory().log(), plan.spec().log_size)} {
        if (plan.spec().process.terminal) {
            ours.listener = container::listen_for_clients(plan.directory().attach());
            return;
        }
        Pipe out_pipe = Pipe::make(), err_pipe = Pipe::make();
        ours.out = std::move(out_pipe.read_end);
        ours.err = std::move(err_pipe.read_end);
        in = open_null_device();
        out = std::move(out_pipe.write_end);
        err = std::move(err_pipe.write_end);
    }
    void close_inner() {
        for (Fd* fd : {&in, &out, &err}) fd->reset();
    }
    std::optional<container::StandardStreams> inner() const {
        if (!out) return std::nullopt;
        return container::StandardStreams{in.get(), out.get(), err.get()};
    }
};

container::RunningContainer start(Plan& plan, Streams& streams, Fd& report) {
    container::StartOptions options;
    options.filter = plan.filter();
    options.streams = streams.inner();
    auto running = start_with_hooks(plan, options, -1);
    streams.close_inner();
    plan.started(running.pid());
    tell_caller(report.get(), std::string(kStarted) + plan.id());
    return running;
}

void supervise(const std::function<void()>& enter, const std::function<Plan(db::Store&)>& make_plan,
               Fd& report) {
    enter();
    std::optional<db::Store> store = db::Store::open(db::Layout::standard(), db::Durability::kFast);
    Plan plan = make_plan(*store);
    Streams streams(plan);
    std::optional<container::RunningContainer> running;
    try {
        running.emplace(start(plan, streams, report));
    } catch (...) {
        plan.drop();  // nobody was told its ID
        unlink(plan.directory().attach().c_str());
        throw;
    }
    // A run may take months: no file of the database stays open for it.
    plan.use_store(nullptr);
    store.reset();
    settle(report);
    const int status = running->wait_detached(std::move(streams.ours));
    plan.ended(status);  // first: signals that would end us are still held back
    run_stop_hook(plan, status);
    running.reset();
    unlink(plan.directory().attach().c_str());
    if (plan.keep()) return;
    store.emplace(db::Store::open(db::Layout::standard(), db::Durability::kFast));
    plan.use_store(&*store);
    // The plan ends before the store, and the container with it.
    const Plan last = std::move(plan);
}

int run_supervisor(const std::function<void()>& enter,
                   const std::function<Plan(db::Store&)>& make_plan, int report_fd) {
    Fd report(report_fd);
    return container::report_failure(report_fd, [&] {
        leave_caller(report_fd);
        supervise(enter, make_plan, report);
        _exit(0);
    });
}

}  // namespace

std::string start_in_background(const std::function<void()>& enter,
                                const std::function<Plan(db::Store&)>& make_plan) {
    int sockets[2];
    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "making a socket pair");
    const Fd mine(sockets[0]);
    Fd theirs(sockets[1]);
    Child supervisor =
        Child::clone(0, [&] { return run_supervisor(enter, make_plan, theirs.release()); });
    theirs.reset();
    const std::string answer = read_all(mine.get(), kSmallFile, "the supervisor's report");
    if (answer.starts_with(kStarted)) {
        supervisor.release();
        return answer.substr(kStarted.size());
    }
    container::throw_failure(answer);
    throw Error("starting the container: its supervisor was killed");
}

}  // namespace mincs::run
