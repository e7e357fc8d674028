// See progress.hh. On a terminal the block of bars is redrawn in place ten times a second at most,
// by moving the cursor up over the lines drawn last (ECMA-48 CUU and EL).
#include "libcore/base/progress.hh"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libcore/base/units.hh"

namespace mincs {
namespace {

using Clock = std::chrono::steady_clock;

struct TaskState {
    std::string label;
    std::int64_t total = 0;
    std::int64_t done = 0;
    Progress::Unit unit = Progress::Unit::kBytes;
    std::string outcome;
};

std::size_t terminal_rows() {
    winsize size = {};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 2 ? size.ws_row - 1u : 23u;
}

std::string amount(const TaskState& task, std::int64_t of) {
    return task.unit == Progress::Unit::kBytes ? format_size(of) : fmt::format("{}", of);
}

std::string bar_line(const TaskState& task) {
    constexpr int kWidth = 24;
    if (!task.outcome.empty())
        return fmt::format("{:<16} {:>9}  {}", task.label, amount(task, task.done), task.outcome);
    if (task.total <= 0) return fmt::format("{:<16} {:>9}", task.label, amount(task, task.done));
    const int filled = static_cast<int>(std::min(task.done, task.total) * kWidth / task.total);
    return fmt::format("{:<16} {:>9}  [{:<{}}] {}", task.label, amount(task, task.done),
                       std::string(static_cast<std::size_t>(filled), '='), kWidth,
                       amount(task, task.total));
}

}  // namespace

struct Progress::State {
    std::mutex mutex;
    Style style;
    std::vector<TaskState> tasks;
    std::size_t lines_drawn = 0;
    Clock::time_point drawn_at = {};
};

Progress::Style Progress::style_for_stderr(bool quiet) {
    if (quiet) return Style::kQuiet;
    return isatty(STDERR_FILENO) ? Style::kTerminal : Style::kLines;
}

Progress::Progress(Style style) : state_(std::make_unique<State>()) {
    state_->style = style;
}

Progress::~Progress() {
    const std::lock_guard lock(state_->mutex);
    if (state_->style == Style::kTerminal) redraw(*state_);
}

Progress::Task Progress::start(const std::string& label, std::int64_t total, Unit unit) {
    const std::lock_guard lock(state_->mutex);
    state_->tasks.push_back({printable(label), total, 0, unit, ""});
    return Task(this, state_->tasks.size() - 1);
}

void Progress::Task::advance(std::int64_t amount_done) const {
    State& state = *owner_->state_;
    const std::lock_guard lock(state.mutex);
    state.tasks[index_].done += amount_done;
    if (state.style == Style::kTerminal &&
        Clock::now() - state.drawn_at > std::chrono::milliseconds(100))
        owner_->redraw(state);
}

void Progress::Task::finish(const std::string& outcome) const {
    State& state = *owner_->state_;
    const std::lock_guard lock(state.mutex);
    TaskState& task = state.tasks[index_];
    task.outcome = outcome;
    if (state.style == Style::kTerminal) owner_->redraw(state);
    if (state.style == Style::kLines)
        write_log_line("", fmt::format("{} {} {}", task.label, amount(task, task.done), outcome));
}

void Progress::redraw(State& state) {
    // Lines that scrolled off the top cannot be redrawn; only the last ones that fit are shown.
    const std::size_t shown = std::min(state.tasks.size(), terminal_rows());
    std::string text;
    if (state.lines_drawn > 0) text += fmt::format("\x1b[{}A", state.lines_drawn);
    for (std::size_t i = state.tasks.size() - shown; i < state.tasks.size(); ++i)
        text += "\r\x1b[K" + bar_line(state.tasks[i]) + "\n";
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, text.data(), text.size());
    state.lines_drawn = shown;
    state.drawn_at = Clock::now();
}

}  // namespace mincs
