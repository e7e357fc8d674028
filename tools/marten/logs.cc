// marten logs: what the command of a background container printed, its stdout to ours, its stderr
// to ours.
#include <unistd.h>

#include <cstdio>

#include "libcore/container/log_file.hh"
#include "tools/marten/commands.hh"
#include "tools/marten/running.hh"
#include "tools/marten/store_access.hh"
#include "tools/marten/things.hh"

namespace mincs::marten {
namespace {

void print(const container::LogLine& line, bool with_time) {
    std::FILE* stream = line.is_error ? stderr : stdout;
    if (with_time)
        std::fprintf(stream, "%.*s ", static_cast<int>(line.time.size()), line.time.data());
    std::fwrite(line.text.data(), 1, line.text.size(), stream);
    if (line.is_full) std::fputc('\n', stream);
    // In the order in which the lines came also where both go to one place.
    if (line.is_error) std::fflush(stdout);
}

std::int64_t count_lines(const std::filesystem::path& log) {
    std::int64_t count = 0;
    bool is_begun = false;
    container::LogReader(log).read([&](const container::LogLine& line) {
        is_begun = !line.is_full;
        if (line.is_full) ++count;
    });
    return count + (is_begun ? 1 : 0);
}

bool is_running(db::Store& store, const std::string& id) {
    const auto container = db::find_container(store, id);
    return container && container->running;
}

}  // namespace

void execute(const LogsOptions& options, const StopSignals& stop) {
    db::Store store = open_for_asking();
    const db::Container container = db::get_container(store, options.container);
    const auto log = db::ContainerDirectory(store.layout().container(container.id)).log();
    if (!std::filesystem::exists(log))
        throw Error("the container '{}' has no log", label_of(container))
            .with_hint("'minc -B' and 'marten start' write one");
    std::int64_t skipped = options.tail ? count_lines(log) - *options.tail : 0;
    container::LogReader reader(log);
    const auto print_next = [&](const container::LogLine& line) {
        if (skipped > 0)
            skipped -= line.is_full ? 1 : 0;
        else
            print(line, options.timestamps);
    };
    constexpr useconds_t kPauseMicroseconds = 50000;
    while (true) {
        // Asked first: what it prints before its end is in the log then.
        const bool goes_on = options.follow && is_running(store, container.id);
        reader.read(print_next);
        if (std::fflush(stdout) != 0) throw SysError(errno, "writing the output");
        if (!goes_on) return;
        stop.check();
        usleep(kPauseMicroseconds);
    }
}

}  // namespace mincs::marten
