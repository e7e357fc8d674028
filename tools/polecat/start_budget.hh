// How large a bundle may be for the sake of its start. A start spends most of its time on
// decompressing what every start reads (first_files.hh); stored as it is, it takes more than twice
// the room. So a bundle may grow, up to a limit: pure arithmetic, which pack.hh asks for the blocks
// and output.hh for the runner.
#pragma once

#include <cstdint>
#include <vector>

namespace mincs::polecat {

/// What else is in the bundle whose image is being written; bytes.
struct StartBudget {
    std::uint64_t beside = 0;  ///< all but the image, with the packed runner if there is a choice
    std::uint64_t runner = 0;  ///< how much larger the other runner is; 0: there is no choice
};

/// How large a bundle may be that takes `smallest` bytes with everything compressed: one that fits
/// into 3 MB stays there, a larger one may grow by half.
std::uint64_t largest_bundle(std::uint64_t smallest);

/// Whether there is room for the runner that need not unfold itself, which saves more time a byte
/// than any block. `image`: its size with everything compressed.
bool takes_plain_runner(const StartBudget& budget, std::uint64_t image);

/// How much larger than `image`, its size with everything compressed, the image may be.
std::uint64_t room_for_blocks(const StartBudget& budget, std::uint64_t image);

struct BlockSizes {
    std::uint64_t plain = 0;
    std::uint64_t compressed = 0;  ///< not more than `plain`
};

/// Which blocks are stored as they are, if that may take `room` bytes more. To decompress takes as
/// long for any byte, roughly; so first those that gain least by it, and of equals the first.
std::vector<bool> choose_plain_blocks(const std::vector<BlockSizes>& blocks, std::uint64_t room);

}  // namespace mincs::polecat
