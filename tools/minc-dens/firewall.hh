// The rules of one network of containers: a table of nftables that is all ours, made whole in one
// transaction and removed as one. Nothing of the host's own tables is read or changed. The text of
// the rules (firewall.cc) is the explanation.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libcore/container/network.hh"

struct nft_ctx;

namespace mincs::dens {

/// The whole table as a text for nft(8).
std::string table_text(const container::Network& network);
/// The elements of the table's maps that lead to the container's ports, a line each: "ports4 { …
/// }". Without values where they are only to be found.
std::vector<std::string> port_elements(const container::Network& network, bool with_values);

/// libnftables(3), in the network namespace that the thread is in at the first command: then it is
/// loaded, not before.
class Firewall {
 public:
    Firewall() = default;
    Firewall(const Firewall&) = delete;
    ~Firewall();

    /// Makes the table anew, whatever it was. Throws Error.
    void make_table(const container::Network& network);
    /// None is fine.
    void remove_table(const std::string& table);
    /// Those of the family inet that have a name of ours.
    std::vector<std::string> tables();
    bool has_table(const std::string& table);
    /// What somebody who was killed left under the same port goes.
    void publish(const container::Network& network);
    void withdraw(const container::Network& network);
    /// Withdraws what leads to other addresses than these.
    void withdraw_all_but(const std::string& table, const std::set<std::string>& addresses);

 private:
    struct Library;
    /// False: it failed, and error_ says how.
    bool run(const std::string& commands);
    /// Empty where it failed.
    std::string list_as_json(const std::string& commands);

    nft_ctx* context_ = nullptr;  ///< none before the first command
    std::string output_;
    std::string error_;
};

}  // namespace mincs::dens
