// See way_out.hh. Who does what, in time:
//
//     keeper                            starter                       pasta, slirp4netns
//     ------                            -------                       ------------------
//     forks it                  ----->  waits
//     a user namespace, a network
//     namespace of its own
//     "go"                      ----->  runs one, then the other ->   "ready"
//                               <-----  "ready", or why not
//                                       starts it again, should it end
//     its end                   ----->  is killed                ->   is killed
#include "tools/minc-dens/way_out.hh"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "libcore/base/files.hh"
#include "libcore/base/log.hh"
#include "libcore/container/network.hh"

namespace mincs::dens {
namespace {

/// Where the helpers' own descriptors begin.
constexpr int kReady = 3;
constexpr int kPatienceMilliseconds = 10'000;
/// So often it is started again, and not faster than that.
constexpr int kMostStarts = 20;
constexpr unsigned kPauseSeconds = 1;
constexpr int kNotFound = 127;

/// Its end must be its parent's, however that comes about. The parent may have ended already.
void die_with(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 || getppid() != parent) _exit(kNotFound);
}

[[noreturn]] void become(const std::vector<std::string>& words, int ready, int errors) {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_DFL);
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    // Those that it is to have may be in each other's way.
    const int high_ready = fcntl(ready, F_DUPFD_CLOEXEC, kReady + 3);
    const int high_errors = fcntl(errors, F_DUPFD_CLOEXEC, kReady + 3);
    dup2(null.get(), STDIN_FILENO);
    dup2(null.get(), STDOUT_FILENO);
    dup2(high_errors, STDERR_FILENO);
    if (dup2(high_ready, kReady) == -1) _exit(kNotFound);
    close_descriptors_but({kReady});
    std::vector<const char*> argv;
    for (const std::string& word : words) argv.push_back(word.c_str());
    argv.push_back(nullptr);
    execvp(argv.front(), const_cast<char**>(argv.data()));
    _exit(kNotFound);
}

bool becomes_readable(int fd) {
    pollfd wait = {fd, POLLIN, 0};
    int got;
    do got = poll(&wait, 1, kPatienceMilliseconds);
    while (got == -1 && errno == EINTR);
    return got == 1;
}

/// One that runs. What it says on stderr nobody reads any more: the pipe takes what it can.
struct Helper {
    Child child;
    Pipe errors = Pipe::make();
    std::string failure;  ///< not empty: it does not run
    bool is_missing = false;

    explicit Helper(const std::vector<std::string>& words) {
        Pipe ready = Pipe::make();
        check(fcntl(errors.write_end.get(), F_SETFL, O_NONBLOCK), "preparing a pipe");
        const pid_t parent = getpid();
        child = Child::clone(0, [&]() -> int {
            die_with(parent);
            become(words, ready.write_end.get(), errors.write_end.get());
        });
        ready.write_end.reset();
        errors.write_end.reset();
        char byte;
        const bool has_spoken = becomes_readable(ready.read_end.get());
        if (has_spoken && read(ready.read_end.get(), &byte, 1) == 1) return;
        child.send_signal(SIGKILL);
        const int status = exit_code_of(child.wait());
        is_missing = status == kNotFound;
        failure = telling_line(read_all(errors.read_end.get(), kSmallFile, "what it says"));
        if (!has_spoken) failure = "it is not ready after 10 s";
        if (failure.empty()) failure = fmt::format("it ended with status {}", status);
        failure = fmt::format("{}: {}", words.front(), printable(failure));
    }
};

/// The starter's whole life.
void run(pid_t keeper, const Pipe& answer) {
    int starts = 0;
    bool is_told = false;
    std::string failure;
    bool is_any_there = false;
    while (starts < kMostStarts) {
        bool has_run = false;
        for (const std::vector<std::string>& words : ways_out(keeper, kReady)) {
            Helper helper(words);
            if (!helper.failure.empty()) {
                is_any_there |= !helper.is_missing;
                if (!helper.is_missing && failure.empty()) failure = helper.failure;
                continue;
            }
            if (!std::exchange(is_told, true))
                write_all(answer.write_end.get(), "ready", "the answer");
            helper.child.wait();
            has_run = true;
            ++starts;
            sleep(kPauseSeconds);
            break;
        }
        if (has_run) continue;
        if (is_told) return;
        write_all(answer.write_end.get(), is_any_there ? failure : "none", "the answer");
        return;
    }
}

}  // namespace

std::vector<std::vector<std::string>> ways_out(pid_t process, int ready) {
    const std::string user = fmt::format("/proc/{}/ns/user", process);
    const std::string net = fmt::format("/proc/{}/ns/net", process);
    // No port leads in by them, and the host's loopback addresses are not reached: what is
    // published goes through minc-dens, and only that.
    return {{"pasta",
             "--foreground",
             "--quiet",
             "--config-net",
             "--userns",
             user,
             "--netns",
             net,
             "--ns-ifname",
             kOutside,
             "--address",
             "169.254.77.100",
             "--netmask",
             "24",
             "--gateway",
             "169.254.77.2",
             "--no-map-gw",
             "--dns-forward",
             container::kOutsideResolver,
             "--tcp-ports",
             "none",
             "--udp-ports",
             "none",
             "--tcp-ns",
             "none",
             "--udp-ns",
             "none",
             "--pid",
             fmt::format("/proc/self/fd/{}", ready)},
            {"slirp4netns", "--configure", "--mtu=65520", fmt::format("--cidr={}", kOutsideSubnet),
             "--disable-host-loopback", "--enable-ipv6", "--netns-type=path",
             "--userns-path=" + user, fmt::format("--ready-fd={}", ready), net, kOutside}};
}

std::string telling_line(const std::string& errors) {
    std::istringstream lines(errors);
    std::string telling;
    for (std::string line; std::getline(lines, line);) {
        // pasta says this of each line where there is no syslog; slirp4netns of IPv6.
        if (line.find("syslog") != std::string::npos || line.starts_with("WARNING")) continue;
        if (!line.empty()) telling = line;
    }
    return telling;
}

WayOut::WayOut() : go_(Pipe::make()), answer_(Pipe::make()) {
    const pid_t keeper = getpid();
    starter_ = Child::clone(0, [&]() -> int {
        die_with(keeper);
        go_.write_end.reset();
        answer_.read_end.reset();
        char byte;
        if (read(go_.read_end.get(), &byte, 1) != 1) return 1;
        go_.read_end.reset();
        run(keeper, answer_);
        return 0;
    });
    go_.read_end.reset();
    answer_.write_end.reset();
}

void WayOut::connect() {
    write_all(go_.write_end.get(), "g", "the word to begin");
    std::string answer(4096, '\0');
    const ssize_t got = read(answer_.read_end.get(), answer.data(), answer.size());
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (answer == "ready") return;
    if (answer == "none")
        throw Error(
            "making the container's network: neither pasta nor slirp4netns is installed, one of "
            "which an ordinary user's containers need")
            .with_hint("'apt install passt', as root");
    throw Error("making the container's network: {}",
                answer.empty() ? "its way out has ended without a word" : answer);
}

}  // namespace mincs::dens
