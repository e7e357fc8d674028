// See keeper.hh.
#include "tools/minc-dens/keeper.hh"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "libcore/base/error.hh"
#include "libcore/base/log.hh"
#include "libcore/container/console.hh"
#include "libcore/container/lent_ids.hh"
#include "libcore/container/loopback.hh"
#include "tools/minc-dens/caller.hh"
#include "tools/minc-dens/guard.hh"
#include "tools/minc-dens/way_out.hh"

namespace mincs::dens {
namespace {

constexpr int kListener = 0;
/// Containers often come one after the other, and what is kept takes a twentieth of a second to
/// make.
constexpr int kLingerMilliseconds = 500;
constexpr std::size_t kLongestMessage = std::size_t{1} << 20;
constexpr std::string_view kSweep = "sweep";

Fd accept_client() {
    return Fd(accept4(kListener, nullptr, nullptr, SOCK_CLOEXEC));
}

Fd open_own(const char* name) {
    const std::string path = fmt::format("/proc/self/ns/{}", name);
    return Fd(check(open(path.c_str(), O_RDONLY | O_CLOEXEC), "opening '{}'", path));
}

void say(const Fd& client, const std::string& text) {
    [[maybe_unused]] const ssize_t put = send(client.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

class Keeper {
 public:
    Keeper() {
        WayOut way_out;
        container::become_root_of_user_namespace();
        check(unshare(CLONE_NEWNET), "making a network namespace");
        container::bring_up_loopback();
        way_out.connect();
        way_out_ = std::move(way_out);
        user_ = open_own("user");
        network_ = open_own("net");
    }

    /// Until nobody is connected any more.
    void serve() {
        for (;;) {
            std::vector<pollfd> waits = {{kListener, POLLIN, 0}};
            for (const Fd& client : clients_) waits.push_back({client.get(), POLLIN, 0});
            const int got =
                poll(waits.data(), waits.size(), clients_.empty() ? kLingerMilliseconds : -1);
            if (got == 0) return;
            if (got < 0) continue;
            for (std::size_t i = clients_.size(); i > 0; --i)
                if (waits[i].revents && !answer(clients_[i - 1]))
                    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i - 1));
            if (waits[0].revents) welcome();
        }
    }

 private:
    void welcome() {
        Fd client = accept_client();
        if (!client) return;
        try {
            container::send_descriptor(client.get(), 'u', user_.get());
            container::send_descriptor(client.get(), 'n', network_.get());
            clients_.push_back(std::move(client));
        } catch (const Error& error) {
            debug("{}, ignoring", error.what());  // it has gone
        }
    }

    /// False where the client has gone.
    bool answer(const Fd& client) {
        std::string message(kLongestMessage, '\0');
        const ssize_t got = recv(client.get(), message.data(), message.size(), MSG_DONTWAIT);
        if (got == -1 && (errno == EAGAIN || errno == EINTR)) return true;
        if (got <= 0) return false;
        message.resize(static_cast<std::size_t>(got));
        if (!message.starts_with(kSweep)) return false;
        try {
            say(client, "swept" + sweep_networks(message.substr(kSweep.size())));
        } catch (const Error& error) {
            say(client, fmt::format("failed{}\n", error.what()));
        }
        return true;
    }

    std::optional<WayOut> way_out_;
    Fd user_;
    Fd network_;
    std::vector<Fd> clients_;
};

}  // namespace

int keep_network() {
    std::optional<Keeper> keeper;
    try {
        keeper.emplace();
        leave_caller();
    } catch (const Error& error) {
        // Who has started this waits already; others find nobody and try themselves.
        if (const Fd client = accept_client())
            say(client, fmt::format("failed{}\n{}", error.what(), error.hint()));
        return 1;
    }
    keeper->serve();
    return 0;
}

}  // namespace mincs::dens
