// See loopback.hh.
#include "libcore/container/loopback.hh"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/fd.hh"

namespace mincs::container {

void bring_up_loopback() {
    const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                          "opening a socket for the loopback interface"));
    ifreq request = {};
    std::strcpy(request.ifr_name, "lo");
    check(ioctl(socket.get(), SIOCGIFFLAGS, &request), "looking at the loopback interface");
    request.ifr_flags |= IFF_UP;
    check(ioctl(socket.get(), SIOCSIFFLAGS, &request), "setting the loopback interface up");
}

}  // namespace mincs::container
