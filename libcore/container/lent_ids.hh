// IDs lent to an ordinary user, and the user namespace in which he has them (user_namespaces(7)):
// the tools enter it at their very beginning, and all that comes after does what it does for root,
// as far as the kernel lets it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mincs::container {

/// IDs that are another user's, lent by the administrator (subuid(5)).
struct SubordinateIds {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    bool operator==(const SubordinateIds&) const = default;
};

/// Those of a user in the text of /etc/subuid or /etc/subgid, whose lines begin with a name or a
/// number. Lines that make no sense are passed over, as newuidmap(1) does.
std::vector<SubordinateIds> subordinate_ids(std::string_view text, std::string_view name,
                                            std::uint32_t uid);

/// Arguments of newuidmap(1) and newgidmap(1) behind the process: the caller's own ID is 0 inside,
/// and the lent ones are 1, 2 and so on.
std::vector<std::string> id_map_arguments(std::uint32_t own,
                                          const std::vector<SubordinateIds>& lent);

/// Enters a user namespace in which the caller is root, and a mount namespace of its own. Lent IDs
/// are there where the administrator lent some and newuidmap(1) is installed; else there is one
/// user and one group. Throws Error naming what forbids it. No threads may run.
void become_root_of_user_namespace();

}  // namespace mincs::container
