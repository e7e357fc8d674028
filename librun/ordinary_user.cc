// See ordinary_user.hh.
#include "librun/ordinary_user.hh"

#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "db/containers.hh"
#include "libcore/base/error.hh"
#include "libcore/base/process.hh"
#include "libcore/container/lent_ids.hh"
#include "libcore/container/user_namespace.hh"

namespace mincs::run {
namespace {

/// Inside, root's own place would be meant.
void keep_store(const db::Layout& layout) {
    setenv(db::kStoreOfUser, layout.base().c_str(), 1);
}

/// None where the container does not run: choose_network() says so.
Fd first_process_of(const db::Layout& layout, const std::string& id) {
    db::Store store = db::Store::open(layout, db::Durability::kFast);
    const db::Container container = db::get_container(store, id);
    if (!container.running || !container.last_run) return {};
    const auto& init = container.last_run->init;
    return open_process(static_cast<pid_t>(init.pid), init.start_time);
}

/// The user namespace that a network namespace belongs to.
Fd owner_of(const std::string& path) {
    const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return {};  // choose_network() says why
    struct stat own, theirs;
    Fd owner(ioctl(file.get(), NS_GET_USERNS));
    const bool is_known =
        owner && fstat(owner.get(), &theirs) == 0 && stat("/proc/self/ns/user", &own) == 0;
    if (!is_known && errno == ENOTTY) return {};
    if (!is_known || own.st_ino == theirs.st_ino)
        throw Error("joining the network namespace '{}': it is not of this user", printable(path));
    return owner;
}

}  // namespace

void become_root_if_ordinary_user() {
    if (geteuid() == 0) return;
    keep_store(db::Layout::standard());
    container::become_root_of_user_namespace();
}

std::optional<UserNetwork> become_root_for(const NetworkRequest& network) {
    if (geteuid() == 0) return std::nullopt;
    const db::Layout layout = db::Layout::standard();
    const bool is_special = network.mode == NetworkRequest::Mode::kSpecial;
    const auto kind = network.special.kind;
    if (is_special && kind == container::NetworkKind::kBridge) {
        db::Store::open(layout, db::Durability::kFast);  // its directory, too
        UserNetwork joined = UserNetwork::open(layout);
        keep_store(layout);
        joined.enter();
        return joined;
    }
    Fd owner;
    if (is_special && kind == container::NetworkKind::kContainer)
        owner = first_process_of(layout, network.special.name);
    if (is_special && kind == container::NetworkKind::kNamespace)
        owner = owner_of(network.special.name);
    if (owner) {
        keep_store(layout);
        container::join_user_namespace(owner.get());
        container::become_root_of_joined_namespace();
    } else {
        become_root_if_ordinary_user();
    }
    return std::nullopt;
}

}  // namespace mincs::run
