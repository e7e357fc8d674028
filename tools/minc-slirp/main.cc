// minc-slirp: the network of a machine of user-mode Linux, beside it in the machine room
// (container/machine_room.hh). Started by minc-machine. Named after libslirp, which does the work.
// usage: minc-slirp tcp:PORT|udp:PORT...     with the end of the guest's card as descriptor 3
#include <sys/socket.h>

#include <optional>

#include "libcore/base/tool.hh"
#include "libvm/um.hh"
#include "tools/minc-slirp/user_network.hh"

namespace {

/// The first packet tells minc-machine how the start went; all others are the guest's.
void tell(std::string_view how) {
    mincs::check(send(mincs::vm::kNetworkFd, how.data(), how.size(), MSG_NOSIGNAL),
                 "answering minc-machine");
}

}  // namespace

int main(int argc, char** argv) {
    using namespace mincs;
    return run_tool("minc-slirp", {}, [&] {
        Fd card(fcntl(vm::kNetworkFd, F_DUPFD_CLOEXEC, 3));
        if (!card) throw UsageError("this is a part of minc, which starts it by itself");
        std::optional<slirp::UserNetwork> network;
        try {
            network.emplace(std::move(card), std::vector<std::string>(argv + 1, argv + argc));
        } catch (const Error& error) {
            tell(
                fmt::format("{}{}", error.what(), error.hint().empty() ? "" : "; " + error.hint()));
            return 1;
        }
        tell(vm::kNetworkIsUp);
        network->run();
        return 0;
    });
}
