// See tool.hh.
#include "libcore/base/tool.hh"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <new>

#include "libcore/base/detailed_error.hh"
#include "libcore/base/log.hh"

namespace mincs {
namespace {

/// A caller may have closed one of the three. Whatever we open next would get its number, and so
/// become a container's stdin; so the place is taken until an exec.
void occupy_standard_descriptors() {
    int fd;
    do {
        fd = open("/dev/null", O_PATH | O_CLOEXEC);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

}  // namespace

int run_tool(const char* tool, FailureStatus failure, const std::function<int()>& body) {
    occupy_standard_descriptors();
    set_log(tool, LogLevel::kNormal);
    const auto report = [](const Error& error) {
        write_log_line("error", error.what());
        if (const auto* detailed = dynamic_cast<const DetailedError*>(&error))
            for (const std::string& line : detailed->details()) write_log_line("", line);
        if (!error.hint().empty()) write_log_line("hint", error.hint());
    };
    try {
        const int status = body();
        // A result that could not be written (a full disk, a closed pipe) is a failure, not a
        // success.
        if (std::fflush(stdout) != 0) throw SysError(errno, "writing the output");
        return status;
    } catch (const UsageError& error) {
        report(error);
        return failure.usage;
    } catch (const Error& error) {
        report(error);
    } catch (const std::bad_alloc&) {
        write_log_line("error", "out of memory");
    } catch (const std::exception& error) {
        write_log_line("error", error.what());
    }
    return failure.failed;
}

}  // namespace mincs
