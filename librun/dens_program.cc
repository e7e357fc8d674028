// See dens_program.hh.
#include "librun/dens_program.hh"

#include <signal.h>

#include <cstdlib>

#include "libcore/base/log.hh"
#include "libcore/base/process.hh"
#include "librun/helper_program.hh"

namespace mincs::run {
namespace {

/// In the new process.
[[noreturn]] void become_dens(const std::string& path, const std::vector<std::string>& words,
                              const std::vector<std::pair<int, int>>& descriptors) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    // The terminal's ^C is for the command.
    setsid();
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    std::vector<std::pair<Fd, int>> high;  // out of each other's way
    for (const auto& [ours, its] : descriptors)
        high.emplace_back(Fd(fcntl(ours, F_DUPFD_CLOEXEC, 16)), its);
    std::vector<int> kept;
    if (dup2(null.get(), STDOUT_FILENO) == -1) _exit(125);
    for (const auto& [ours, its] : high) {
        if (dup2(ours.get(), its) == -1) _exit(125);
        kept.push_back(its);
    }
    std::vector<const char*> argv = {"minc-dens"};
    for (const std::string& word : words) argv.push_back(word.c_str());
    if (log_level() == LogLevel::kDebug) argv.push_back("--debug");
    argv.push_back(nullptr);
    // Helpers of Debian's are looked for where the caller would.
    const char* search = getenv("PATH");
    const std::string search_path = search ? fmt::format("PATH={}", search) : "";
    const char* environment[] = {search ? search_path.c_str() : nullptr, nullptr};
    close_descriptors_but(kept);
    execve(path.c_str(), const_cast<char**>(argv.data()), const_cast<char**>(environment));
    _exit(127);
}

}  // namespace

std::string dens_program() {
    return helper_program("minc-dens", "such network");
}

void start_dens(const std::vector<std::string>& words,
                const std::vector<std::pair<int, int>>& descriptors) {
    const std::string path = dens_program();
    Child child = Child::clone(0, [&]() -> int { become_dens(path, words, descriptors); });
    debug("started minc-dens {} as pid {}", words.front(), child.pid());
    child.release();
}

}  // namespace mincs::run
