// An interface of the host that a container has for the time of its run (minc --net raw,IF). When a
// network namespace ends, the kernel gives hardware back to the first namespace of all and destroys
// everything else that is in it, so somebody must hold the namespace and take the interface out:
// this does, with its name, its addresses, the routes by it, and whether it was up.
#pragma once

#include <string>
#include <vector>

#include "libcore/base/fd.hh"
#include "tools/minc-dens/netlink.hh"

namespace mincs::dens {

class LentInterface {
 public:
    /// Throws Error where there is no such interface.
    explicit LentInterface(const std::string& name);
    /// One that another process has lent, which has been killed since: with the state() that it
    /// told.
    LentInterface(const std::string& name, const std::string& state, Fd network_namespace);
    /// What there is to know for giving it back: its number there, whether it was up, its
    /// addresses and routes.
    std::string state() const;
    void lend(Fd network_namespace);
    /// None where it was never lent. Throws Error where it has gone, as somebody inside has removed
    /// it.
    void take_back();

 private:
    std::string name_;
    int link_ = 0;  ///< its number, here and then there
    bool was_up_ = false;
    std::vector<std::string> addresses_;
    std::vector<SetRoute> routes_;
    Fd there_;
};

}  // namespace mincs::dens
