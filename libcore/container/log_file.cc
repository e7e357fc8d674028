// See log_file.hh.
#include "libcore/container/log_file.hh"

#include <sys/stat.h>

#include <algorithm>
#include <ctime>

#include "libcore/base/files.hh"

namespace mincs::container {
namespace {

Fd open_for_append(const std::filesystem::path& path) {
    return Fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
}

/// RFC 3339 with nanoseconds, in UTC.
std::string time_text(const timespec& now) {
    tm parts;
    gmtime_r(&now.tv_sec, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       now.tv_nsec);
}

std::string_view take_word(std::string_view& text) {
    const std::size_t end = text.find(' ');
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return word;
}

bool same_file(const struct stat& one, const struct stat& other) {
    return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace

std::filesystem::path old_log(const std::filesystem::path& log) {
    return log.native() + ".1";
}

LogFile::LogFile(std::filesystem::path path, std::int64_t limit)
    : path_(std::move(path)), limit_(limit), file_(open_for_append(path_)) {
    check(file_.get(), "opening the log '{}'", path_.native());
    struct stat info;
    check(fstat(file_.get(), &info), "examining the log '{}'", path_.native());
    size_ = info.st_size;
}

void LogFile::append(std::string_view line) {
    const auto length = static_cast<std::int64_t>(line.size());
    if (size_ > 0 && size_ + length > limit_) {
        flush();
        change_files();
    }
    collected_ += line;
    size_ += length;
}

void LogFile::flush() noexcept {
    std::string_view rest = collected_;
    while (!rest.empty()) {
        const ssize_t put = write(file_.get(), rest.data(), rest.size());
        if (put == -1 && errno == EINTR) continue;
        if (put <= 0) break;  // a full disk: nobody can be told
        rest.remove_prefix(static_cast<std::size_t>(put));
    }
    collected_.clear();
}

void LogFile::change_files() {
    rename(path_.c_str(), old_log(path_).c_str());
    Fd next = open_for_append(path_);
    // Without a new file the old one must not grow all the same.
    if (!next)
        ftruncate(file_.get(), 0);
    else
        file_ = std::move(next);
    size_ = 0;
}

void LogStream::take(std::string_view bytes, const timespec& now) {
    while (!bytes.empty()) {
        const std::size_t room = kLongestLogLine - begun_.size();
        const std::size_t end = bytes.substr(0, room + 1).find('\n');
        const bool is_full = end != std::string_view::npos;
        const std::size_t length = is_full ? end : std::min(room, bytes.size());
        begun_ += bytes.substr(0, length);
        bytes.remove_prefix(length + (is_full ? 1 : 0));
        if (is_full)
            write(begun_, 'F', now);
        else if (begun_.size() == kLongestLogLine && !bytes.empty())
            write(begun_, 'P', now);
        else
            continue;
        begun_.clear();
    }
    log_.flush();
}

void LogStream::finish(const timespec& now) {
    if (!begun_.empty()) write(begun_, 'P', now);
    begun_.clear();
    log_.flush();
}

void LogStream::write(std::string_view text, char tag, const timespec& now) {
    log_.append(fmt::format("{} {} {} {}\n", time_text(now), name_, tag, text));
}

std::optional<LogLine> parse_log_line(std::string_view line) {
    LogLine parsed;
    parsed.time = take_word(line);
    const std::string_view stream = take_word(line);
    const std::string_view tag = take_word(line);
    parsed.is_error = stream == "stderr";
    parsed.is_full = tag == "F";
    parsed.text = line;
    const bool is_good = (parsed.is_error || stream == "stdout") && (parsed.is_full || tag == "P");
    return is_good ? std::optional(parsed) : std::nullopt;
}

LogReader::LogReader(std::filesystem::path log) : path_(std::move(log)) {
    // The older file first. Where the files change between the two opens, both are the same one.
    Fd older(open(old_log(path_).c_str(), O_RDONLY | O_CLOEXEC));
    file_ = older ? std::move(older) : Fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
}

void LogReader::read(const std::function<void(const LogLine&)>& on_line) {
    while (true) {
        // Looked at before the file is read to its end: afterwards nothing more comes into it.
        const Fd current(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file_ && current) file_ = current.duplicate();
        if (!file_) return;
        struct stat ours = {}, theirs = {};
        check(fstat(file_.get(), &ours), "examining '{}'", path_.native());
        const bool is_last =
            !current || (fstat(current.get(), &theirs) == 0 && same_file(ours, theirs));
        read_open_file(on_line);
        if (is_last) return;
        file_ = current.duplicate();
    }
}

void LogReader::read_open_file(const std::function<void(const LogLine&)>& on_line) {
    char buffer[65536];
    while (true) {
        const ssize_t got = ::read(file_.get(), buffer, sizeof buffer);
        if (got == -1 && errno == EINTR) continue;
        if (check(got, "reading '{}'", path_.native()) == 0) return;
        begun_.append(buffer, static_cast<std::size_t>(got));
        std::size_t begin = 0;
        for (std::size_t end; (end = begun_.find('\n', begin)) != std::string::npos;
             begin = end + 1)
            if (const auto line =
                    parse_log_line(std::string_view(begun_).substr(begin, end - begin)))
                on_line(*line);
        begun_.erase(0, begin);
    }
}

}  // namespace mincs::container
