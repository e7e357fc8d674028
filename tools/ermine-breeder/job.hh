// A program that works for seconds to an hour: apt-get, dpkg-deb, tar, make. What it prints goes to
// the caller line by line, and the last of it into the error where it fails.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::breeder {

struct Job {
    std::vector<std::string> argv;    ///< argv[0] is looked up in PATH
    std::filesystem::path directory;  ///< it works there; empty: in ours
    std::chrono::seconds timeout{};   ///< then it is killed; 0: never
    /// Gets each line of stdout and stderr, without its end.
    std::function<void(std::string_view)> on_line = {};
    /// Called five times a second while it works: what it gets to read, a few bytes, often none.
    /// Without the function its stdin ends at once.
    std::function<std::string()> input = {};
    /// Called as often; true ends it (SIGKILL).
    std::function<bool()> on_tick = {};
};

struct JobResult {
    int status = 0;  ///< as exit_code_of(); 128+9 where it was killed
    bool timed_out = false;
    std::vector<std::string> last_lines;  ///< 40 at most, cut to 400 bytes, printable
};

/// Runs it to its end. It is killed when we are.
JobResult run_job(const Job& job);

/// The same; where it fails throws DetailedError "WHAT: 'make' failed with status 2" with its last
/// lines, and `hint`.
void run_job_or_throw(const Job& job, std::string_view what, const std::string& hint = "");

}  // namespace mincs::breeder
