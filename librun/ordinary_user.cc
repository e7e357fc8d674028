// See ordinary_user.hh.
#include "librun/ordinary_user.hh"

#include <unistd.h>

#include <cstdlib>

#include "db/layout.hh"
#include "libcore/container/lent_ids.hh"

namespace mincs::run {

void become_root_if_ordinary_user() {
    if (geteuid() == 0) return;
    // Inside, root's own place would be meant.
    const db::Layout layout = db::Layout::standard();
    setenv("MINCS_DIR", layout.base().c_str(), 1);
    container::become_root_of_user_namespace();
}

}  // namespace mincs::run
