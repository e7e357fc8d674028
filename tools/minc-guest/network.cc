// See network.hh.
#include "tools/minc-guest/network.hh"

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <filesystem>

#include "libcore/base/fd.hh"
#include "libcore/base/files.hh"
#include "libvm/machine.hh"

namespace mincs::guest {
namespace {

sockaddr address_of(const char* text) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, text, &address.sin_addr);
    sockaddr general;
    std::memcpy(&general, &address, sizeof general);
    return general;
}

/// The one interface that belongs to a device.
std::string find_card() {
    for (const auto& entry : std::filesystem::directory_iterator("/sys/class/net"))
        if (std::filesystem::exists(entry.path() / "device")) return entry.path().filename();
    throw Error("the guest's kernel has no driver for the machine's network card");
}

}  // namespace

void set_up_card() {
    const std::string card = find_card();
    const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a socket"));
    ifreq request = {};
    card.copy(request.ifr_name, IFNAMSIZ - 1);
    request.ifr_addr = address_of(vm::kGuestAddress);
    check(ioctl(socket.get(), SIOCSIFADDR, &request), "giving '{}' its address", card);
    request.ifr_netmask = address_of(vm::kGuestMask);
    check(ioctl(socket.get(), SIOCSIFNETMASK, &request), "giving '{}' its network", card);
    check(ioctl(socket.get(), SIOCGIFFLAGS, &request), "looking at '{}'", card);
    request.ifr_flags |= IFF_UP;
    check(ioctl(socket.get(), SIOCSIFFLAGS, &request), "setting '{}' up", card);
    rtentry route = {};
    route.rt_dst = address_of("0.0.0.0");
    route.rt_genmask = address_of("0.0.0.0");
    route.rt_gateway = address_of(vm::kGuestGateway);
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    check(ioctl(socket.get(), SIOCADDRT, &route), "setting the guest's way out");
    write_file_atomic(vm::kGuestResolversAt, fmt::format("nameserver {}\n", vm::kGuestResolver));
}

}  // namespace mincs::guest
