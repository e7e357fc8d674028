// IP subnets of either family, as values: what networks are made of and what clashes with them.
// Pure logic; addresses go in and out as text (inet_pton(3)), numbers in it count from the subnet's
// first address.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mincs {

class Subnet {
 public:
    /// "192.168.139.0/24" or "fd12:3456:789a::/64". Throws UsageError where it is none, where bits
    /// behind the prefix are set, and where containers could not live in it: loopback, multicast
    /// and link-local addresses, or fewer than six of them.
    static Subnet parse(std::string_view text);
    /// Any prefix of this family, of a route for example.
    static Subnet of(bool is_ipv6, const std::uint8_t* bytes, int prefix);

    bool is_ipv6() const { return is_ipv6_; }
    int prefix() const { return prefix_; }
    std::string text() const;
    /// The address with this number, as text. 0 is the subnet itself.
    std::string address(std::uint32_t number) const;
    /// The greatest number that a host may have; the least is 1. Not beyond 65534.
    std::uint32_t last() const;
    /// Of two families: never.
    bool overlaps(const Subnet& other) const;

 private:
    Subnet() = default;
    int bits() const { return is_ipv6_ ? 128 : 32; }

    bool is_ipv6_ = false;
    int prefix_ = 0;
    std::array<std::uint8_t, 16> bytes_ = {};
};

/// Whether the text is an address (without a prefix), and of which family.
enum class AddressKind { kNone, kIpv4, kIpv6 };
AddressKind address_kind(const std::string& text);
/// 127.0.0.0/8, ::1.
bool is_loopback_address(const std::string& text);

}  // namespace mincs
