// See unfold.hh.
#include <zstd.h>

#include "tools/polecat/runner/packed/unfold.hh"

namespace mincs::polecat {

bool unfold(const char* from, std::size_t size, char* to, std::size_t room) {
    return ZSTD_decompress(to, room, from, size) == room;
}

}  // namespace mincs::polecat
