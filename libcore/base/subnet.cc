// See subnet.hh.
#include "libcore/base/subnet.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "libcore/base/error.hh"
#include "libcore/base/units.hh"

namespace mincs {
namespace {

bool bit(const std::array<std::uint8_t, 16>& bytes, int index) {
    return bytes[static_cast<std::size_t>(index / 8)] >> (7 - index % 8) & 1;
}

/// Addresses that mean something else than a host of a subnet: this host, all hosts, this link.
bool is_special(bool is_ipv6, const std::array<std::uint8_t, 16>& bytes) {
    if (is_ipv6) {
        const bool is_link_local = bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
        return bytes[0] == 0 || bytes[0] == 0xff || is_link_local;
    }
    return bytes[0] == 0 || bytes[0] == 127 || bytes[0] >= 224 ||
           (bytes[0] == 169 && bytes[1] == 254);
}

std::string text_of(bool is_ipv6, const std::array<std::uint8_t, 16>& bytes) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
    return text;
}

}  // namespace

Subnet Subnet::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string address(text.substr(0, slash));
    Subnet subnet;
    const AddressKind kind = address_kind(address);
    if (kind == AddressKind::kNone || slash == std::string_view::npos)
        throw UsageError("'{}' is no subnet such as 10.88.0.0/24 or fd00:88::/64", printable(text));
    subnet.is_ipv6_ = kind == AddressKind::kIpv6;
    inet_pton(subnet.is_ipv6_ ? AF_INET6 : AF_INET, address.c_str(), subnet.bytes_.data());
    subnet.prefix_ =
        static_cast<int>(parse_number(text.substr(slash + 1), "a subnet's prefix",
                                      subnet.is_ipv6_ ? 8 : 4, subnet.is_ipv6_ ? 112 : 29));
    for (int index = subnet.prefix_; index < subnet.bits(); ++index)
        if (bit(subnet.bytes_, index))
            throw UsageError(
                "'{}' is a subnet with an address in it: bits behind the prefix are set",
                printable(text));
    if (is_special(subnet.is_ipv6_, subnet.bytes_))
        throw UsageError(
            "'{}' is no subnet for containers: its addresses have a meaning of their own",
            printable(text));
    return subnet;
}

Subnet Subnet::of(bool is_ipv6, const std::uint8_t* bytes, int prefix) {
    Subnet subnet;
    subnet.is_ipv6_ = is_ipv6;
    subnet.prefix_ = std::clamp(prefix, 0, subnet.bits());
    std::memcpy(subnet.bytes_.data(), bytes, is_ipv6 ? 16 : 4);
    return subnet;
}

std::string Subnet::text() const {
    return fmt::format("{}/{}", text_of(is_ipv6_, bytes_), prefix_);
}

std::string Subnet::address(std::uint32_t number) const {
    auto bytes = bytes_;
    for (std::size_t i = 0; i < 4; ++i)
        bytes[static_cast<std::size_t>(bits() / 8 - 1) - i] |=
            static_cast<std::uint8_t>(number >> (8 * i));
    return text_of(is_ipv6_, bytes);
}

std::uint32_t Subnet::last() const {
    const int host_bits = std::min(bits() - prefix_, 16);
    return (std::uint32_t{1} << host_bits) - 2;  // the very last is everybody's address in IPv4
}

bool Subnet::overlaps(const Subnet& other) const {
    if (is_ipv6_ != other.is_ipv6_) return false;
    for (int index = 0; index < std::min(prefix_, other.prefix_); ++index)
        if (bit(bytes_, index) != bit(other.bytes_, index)) return false;
    return true;
}

AddressKind address_kind(const std::string& text) {
    std::uint8_t bytes[16];
    if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return AddressKind::kIpv4;
    return inet_pton(AF_INET6, text.c_str(), bytes) == 1 ? AddressKind::kIpv6 : AddressKind::kNone;
}

bool is_loopback_address(const std::string& text) {
    std::uint8_t bytes[16] = {};
    if (inet_pton(AF_INET, text.c_str(), bytes) == 1) return bytes[0] == 127;
    if (inet_pton(AF_INET6, text.c_str(), bytes) != 1) return false;
    return in6_addr(in6addr_loopback).s6_addr[15] == bytes[15] &&
           std::all_of(bytes, bytes + 15, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace mincs
