// See child.hh.
#include "libcore/container/child.hh"

#include <linux/keyctl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "libcore/base/files.hh"
#include "libcore/container/command_error.hh"

namespace mincs::container {
namespace {

constexpr int kFailed = 125;
constexpr int kUsage = 2;

/// "CODE text", and a hint behind a line's end.
std::string report_of(int code, const Error& error) {
    return fmt::format("{:03} {}{}{}", code, error.what(), error.hint().empty() ? "" : "\n",
                       error.hint());
}

}  // namespace

void hide_from_ptrace() {
    check(prctl(PR_SET_DUMPABLE, 0), "hiding from ptrace");
}

void die_with_parent(int errors) {
    check(prctl(PR_SET_PDEATHSIG, SIGKILL), "asking to die with the parent");
    pollfd pipe = {errors, 0, 0};
    if (poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR)) _exit(kFailed);
}

void join_new_keyring() {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) == -1 && errno != ENOSYS &&
        errno != EPERM && errno != EDQUOT)
        throw SysError(errno, "joining a new session keyring");
}

void connect_streams(const StandardStreams& streams) {
    // First out of each other's way: one of them may have another's number.
    const auto away = [](int fd) {
        return check(fcntl(fd, F_DUPFD_CLOEXEC, 3), "connecting the command's streams");
    };
    const int ends[] = {away(streams.in), away(streams.out), away(streams.err)};
    for (int target = 0; target < 3; ++target)
        check(dup2(ends[target], target), "connecting the command's streams");
}

void close_on_exec_all_but_standard() {
    check(syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */), "closing descriptors");
}

int report_failure(int errors, const std::function<void()>& body) {
    std::string failure;
    try {
        body();
    } catch (const CommandError& error) {
        failure = report_of(error.exit_code(), error);
    } catch (const UsageError& error) {
        failure = report_of(kUsage, error);
    } catch (const Error& error) {
        failure = report_of(kFailed, error);
    } catch (const std::exception& error) {
        failure = report_of(kFailed, Error("{}", error.what()));
    }
    [[maybe_unused]] const ssize_t put = write(errors, failure.data(), failure.size());
    return kFailed;
}

void throw_reported_failure(const Fd& errors) {
    throw_failure(read_all(errors.get(), kSmallFile, "the child's error pipe"));
}

void throw_failure(const std::string& failure) {
    if (failure.size() < 4) return;
    const int code = std::stoi(failure.substr(0, 3));
    const std::size_t end = failure.find('\n');
    const std::string text = failure.substr(4, end == std::string::npos ? end : end - 4);
    const std::string hint = end == std::string::npos ? "" : failure.substr(end + 1);
    if (code == kUsage) throw UsageError("{}", text).with_hint(hint);
    if (code != kFailed) {
        CommandError error(code, text);
        error.with_hint(hint);
        throw error;
    }
    throw Error("{}", text).with_hint(hint);
}

}  // namespace mincs::container
