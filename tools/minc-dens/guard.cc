// See guard.hh.
#include "tools/minc-dens/guard.hh"

#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <sstream>

#include "libcore/base/files.hh"
#include "libcore/base/json.hh"
#include "libcore/base/log.hh"
#include "libcore/container/console.hh"
#include "tools/minc-dens/bridge.hh"
#include "tools/minc-dens/caller.hh"
#include "tools/minc-dens/connections.hh"
#include "tools/minc-dens/held_ports.hh"
#include "tools/minc-dens/lent_interface.hh"
#include "tools/minc-dens/namespace_lock.hh"
#include "tools/minc-dens/port_forwarder.hh"

namespace mincs::dens {
namespace {

/// A bridge that nobody uses stays for so long: containers often come one after the other, and the
/// kernel takes fifty milliseconds to remove one.
constexpr useconds_t kLingerMicroseconds = 500'000;

/// What a container may have of the host's network, one of two kinds.
class Arrangement {
 public:
    virtual ~Arrangement() = default;
    /// What somebody else would need to know to undo it.
    virtual std::string connect(Fd network_namespace) = 0;
    /// What there is to do until there is something to read at `until`.
    virtual void serve([[maybe_unused]] int until) {}
    /// What others may want at once: ports, an interface.
    virtual void withdraw() = 0;
    /// What can wait.
    virtual void finish() = 0;
};

/// The ports are the host's; all else is where an ordinary user's containers have their host.
std::vector<HeldPort> hold_and_enter(const container::Network& network, bool is_users) {
    std::vector<HeldPort> ports = hold_ports(network.ports);
    if (is_users)
        check(setns(kUserNamespace, CLONE_NEWNET), "entering the user's network namespace");
    return ports;
}

class Bridged : public Arrangement {
 public:
    Bridged(container::Network network, bool is_users)
        : network_(std::move(network)), ports_(hold_and_enter(network_, is_users)) {}

    std::string connect(Fd network_namespace) override {
        const NamespaceLock lock;
        const Link bridge = raise_bridge(network_, netlink_, firewall_);
        dens::connect(network_, bridge, netlink_, network_namespace.get());
        if (!network_.ports.empty()) {
            firewall_.publish(network_);
            forget_connections(network_);
        }
        if (!ports_.empty())
            forwarder_.emplace(std::move(ports_), network_.address4, network_.address6);
        return "";
    }
    void serve(int until) override {
        if (forwarder_) forwarder_->run_until_readable(until);
    }
    void withdraw() override {
        if (!network_.ports.empty()) {
            firewall_.withdraw(network_);
            forget_connections(network_);
        }
        ports_.clear();
        forwarder_.reset();
    }
    void finish() override {
        disconnect(network_, netlink_);
        usleep(kLingerMicroseconds);
        const NamespaceLock lock;
        lower_bridge(network_, netlink_, firewall_);
    }

 private:
    container::Network network_;
    std::vector<HeldPort> ports_;  // before what speaks to the kernel of a namespace
    Netlink netlink_;
    Firewall firewall_;
    std::optional<PortForwarder> forwarder_;
};

class Lent : public Arrangement {
 public:
    explicit Lent(const std::string& name) : interface_(name) {}
    std::string connect(Fd network_namespace) override {
        interface_.lend(std::move(network_namespace));
        return interface_.state();
    }
    void withdraw() override { interface_.take_back(); }
    void finish() override {}

 private:
    LentInterface interface_;
};

std::unique_ptr<Arrangement> arrange(container::Network network, bool is_users) {
    if (network.kind == container::NetworkKind::kInterface)
        return std::make_unique<Lent>(network.name);
    return std::make_unique<Bridged>(std::move(network), is_users);
}

/// One message; empty at the end.
std::string receive() {
    const auto receive_into = [](std::string& message, int flags) {
        ssize_t got;
        do got = recv(kSocket, message.data(), message.size(), flags);
        while (got == -1 && errno == EINTR);
        return got;
    };
    std::string message;
    message.resize(static_cast<std::size_t>(
        std::max<ssize_t>(receive_into(message, MSG_PEEK | MSG_TRUNC), 0)));
    if (message.empty()) return message;
    const ssize_t got = receive_into(message, 0);
    message.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return message;
}

/// Who has gone hears nothing.
void answer(std::string_view text) {
    [[maybe_unused]] const ssize_t put = send(kSocket, text.data(), text.size(), MSG_NOSIGNAL);
}

/// Both steps in any case; the first failure is told.
std::string undo(Arrangement& arrangement) {
    std::string failure;
    try {
        arrangement.withdraw();
    } catch (const Error& error) {
        failure = error.what();
    }
    answer("ended" + failure);
    try {
        arrangement.finish();
    } catch (const Error& error) {
        debug("{}", error.what());  // the next one, or gc, does it
    }
    return failure;
}

void fail(const Error& error) {
    answer(fmt::format("failed{}\n{}", error.what(), error.hint()));
}

}  // namespace

int guard_network(bool is_users) {
    std::unique_ptr<Arrangement> arrangement;
    try {
        const std::string text = receive();
        if (text.empty()) return 0;
        arrangement = arrange(container::parse_network(text, "the network"), is_users);
    } catch (const Error& error) {
        fail(error);
        return 1;
    }
    char what = 0;
    Fd network_namespace = container::receive_descriptor(kSocket, what);
    if (!network_namespace) return 0;
    std::string state;
    try {
        state = arrangement->connect(std::move(network_namespace));
        leave_caller();
    } catch (const Error& error) {
        fail(error);
        undo(*arrangement);
        return 1;
    }
    answer("ready" + state);
    arrangement->serve(kSocket);
    receive();
    undo(*arrangement);
    return 0;
}

void return_interface(const std::string& state) {
    const container::Network network = container::parse_network(receive(), "the network");
    char what = 0;
    Fd network_namespace = container::receive_descriptor(kSocket, what);
    try {
        LentInterface(network.name, state, std::move(network_namespace)).take_back();
        answer("ended");
    } catch (const Error& error) {
        answer(fmt::format("ended{}", error.what()));
    }
}

std::string sweep_networks(const std::string& text) {
    std::istringstream lines(text);
    std::string staying;
    const Netlink netlink;
    Firewall firewall;
    for (std::string line; std::getline(lines, line);) {
        const Json json = parse_json(line, "a network");
        const container::Network network =
            container::parse_network(json_string(json, "network", "a network"), "a network");
        const auto living = json_strings_if(json, "living", "a network");
        firewall.withdraw_all_but(network.table, {living.begin(), living.end()});
        const NamespaceLock lock;
        if (!lower_bridge(network, netlink, firewall)) staying += network.bridge + "\n";
    }
    return staying;
}

}  // namespace mincs::dens
