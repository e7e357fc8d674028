// See log.hh.
#include "libcore/base/log.hh"

#include <unistd.h>

#include <string>

namespace mincs {
namespace {

struct {
    const char* tool = "mincs";
    LogLevel level = LogLevel::kNormal;
} log_state;

}  // namespace

void set_log(const char* tool, LogLevel level) {
    log_state.tool = tool;
    log_state.level = level;
}

LogLevel log_level() {
    return log_state.level;
}

const char* tool_name() {
    return log_state.tool;
}

void write_log_line(std::string_view kind, std::string_view text) {
    const std::string line = kind.empty() ? fmt::format("{}: {}\n", log_state.tool, text)
                                          : fmt::format("{}: {}: {}\n", log_state.tool, kind, text);
    // Nobody can be told that stderr is closed.
    [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mincs
