// See caller.hh.
#include "tools/minc-dens/caller.hh"

#include <signal.h>
#include <unistd.h>

#include "libcore/base/fd.hh"

namespace mincs::dens {

void leave_caller() {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_IGN);
    const Fd null(check(open("/dev/null", O_RDWR | O_CLOEXEC), "opening /dev/null"));
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
        check(dup2(null.get(), stream), "letting the caller's streams go");
    check(chdir("/"), "leaving the caller's directory");
}

}  // namespace mincs::dens
