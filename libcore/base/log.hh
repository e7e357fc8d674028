// What a tool says to a person, on stderr. debug() tells the story of what happens, step by step
// (--debug); warning() is for what we live with and ends in ", ignoring" or says what is done
// instead. Below the tools only container/ and fs/ tell their steps; libraries report failure by
// exception.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace mincs {

enum class LogLevel { kQuiet, kNormal, kDebug };

/// The one process-wide variable: how much to say, and the tool's name in front of each line.
/// `tool` must outlive the process (a literal).
void set_log(const char* tool, LogLevel level);
LogLevel log_level();
const char* tool_name();

/// "TOOL: KIND: text\n" in one write, so lines of several processes do not mix. KIND may be empty.
void write_log_line(std::string_view kind, std::string_view text);

template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (log_level() == LogLevel::kDebug)
        write_log_line("debug", fmt::format(format, std::forward<Args>(args)...));
}

template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
    write_log_line("warning", fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace mincs
