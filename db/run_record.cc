// See run_record.hh.
#include "db/run_record.hh"

#include <charconv>
#include <ctime>

#include "libcore/base/files.hh"
#include "libcore/base/process.hh"

namespace mincs::db {
namespace {

/// Takes a number and what follows it, which must be `separator`, from the front.
bool take_number(std::string_view& text, char separator, std::int64_t& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end == text.data() + text.size() || *end != separator) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return true;
}

RecordedProcess recorded(pid_t pid) {
    return {pid, process_start_time(pid).value_or(0)};
}

void write_lock_file(const ContainerDirectory& directory, const std::string& text, int flags) {
    const std::string path = directory.lock();
    const Fd file(check(open(path.c_str(), O_WRONLY | O_CLOEXEC | flags), "opening '{}'", path));
    write_all(file.get(), text, path);
}

std::string end_text(const RunRecord& record) {
    return fmt::format("exited {} {}\n", record.exit_status.value_or(0), record.finished_at);
}

}  // namespace

std::string to_text(const RunRecord& record) {
    std::string text =
        fmt::format("{} {} {} {} {}\n", record.init.pid, record.init.start_time,
                    record.supervisor.pid, record.supervisor.start_time, record.started_at);
    if (record.exit_status) text += end_text(record);
    return text;
}

std::optional<RunRecord> parse_run_record(std::string_view text) {
    RunRecord record;
    if (!take_number(text, ' ', record.init.pid) ||
        !take_number(text, ' ', record.init.start_time) ||
        !take_number(text, ' ', record.supervisor.pid) ||
        !take_number(text, ' ', record.supervisor.start_time) ||
        !take_number(text, '\n', record.started_at) || record.init.pid <= 0)
        return std::nullopt;
    constexpr std::string_view kExited = "exited ";
    std::int64_t status = 0;
    if (!text.starts_with(kExited)) return record;
    text.remove_prefix(kExited.size());
    if (take_number(text, ' ', status) && take_number(text, '\n', record.finished_at))
        record.exit_status = static_cast<int>(status);
    return record;
}

std::optional<RunRecord> read_run_record(const ContainerDirectory& directory) {
    return parse_run_record(read_file_if_exists(directory.lock()).value_or(""));
}

void record_start(const ContainerDirectory& directory, pid_t init) {
    RunRecord record;
    record.init = recorded(init);
    record.supervisor = recorded(getpid());
    record.started_at = std::time(nullptr);
    write_lock_file(directory, to_text(record), O_TRUNC);
}

void record_end(const ContainerDirectory& directory, int exit_status) {
    RunRecord record;
    record.exit_status = exit_status;
    record.finished_at = std::time(nullptr);
    write_lock_file(directory, end_text(record), O_APPEND);
}

}  // namespace mincs::db
