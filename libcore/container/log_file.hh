// What a background container prints, on disk: a line each in the form of the Kubernetes container
// runtime interface ("2026-11-22T09:38:24.123456789Z stdout F text"; F: a full line, P: its end is
// still to come), byte for byte and of bounded size. Host side.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libcore/base/fd.hh"

namespace mincs::container {

/// The file before the last change of files.
std::filesystem::path old_log(const std::filesystem::path& log);

/// Appends lines; when the file would grow beyond `limit` bytes it becomes "log.1", over the older
/// one, and a new one begins. What cannot be written (a full disk) is lost: the container goes on.
class LogFile {
 public:
    LogFile(std::filesystem::path path, std::int64_t limit);

    /// One line with its end. Collected until flush().
    void append(std::string_view line);
    void flush() noexcept;

 private:
    void change_files();
    std::filesystem::path path_;
    std::int64_t limit_;
    std::int64_t size_ = 0;
    Fd file_;
    std::string collected_;
};

/// Cuts what comes of one stream into lines. One that gets longer than kLongestLogLine is written
/// in pieces.
class LogStream {
 public:
    /// `name`: "stdout" or "stderr".
    LogStream(LogFile& log, std::string_view name) : log_(log), name_(name) {}
    void take(std::string_view bytes, const timespec& now);
    /// The stream has ended: what has no line end yet is written as a piece.
    void finish(const timespec& now);

 private:
    void write(std::string_view text, char tag, const timespec& now);
    LogFile& log_;
    std::string name_;
    std::string begun_;
};

inline constexpr std::size_t kLongestLogLine = 16384;

struct LogLine {
    std::string_view time;
    bool is_error = false;  ///< of stderr
    bool is_full = true;    ///< false: the line goes on in the stream's next one
    std::string_view text;  ///< without the line's end
};
/// Nothing where it is no such line.
std::optional<LogLine> parse_log_line(std::string_view line);

/// Reads what is in a log, and what comes, in order, over the change of files.
class LogReader {
 public:
    /// A missing log is an empty one.
    explicit LogReader(std::filesystem::path log);
    /// Calls `on_line` for each whole line that has come since.
    void read(const std::function<void(const LogLine&)>& on_line);

 private:
    void read_open_file(const std::function<void(const LogLine&)>& on_line);
    std::filesystem::path path_;
    Fd file_;
    std::string begun_;
};

}  // namespace mincs::container
