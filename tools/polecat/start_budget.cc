// See start_budget.hh.
#include "tools/polecat/start_budget.hh"

#include <algorithm>
#include <numeric>

#include "tools/polecat/format.hh"

namespace mincs::polecat {
namespace {

constexpr std::uint64_t kSmallBundle = 3'000'000;

std::uint64_t smallest_bundle(const StartBudget& budget, std::uint64_t image) {
    // Of each piece there is a digest (format.hh): of a bundle as large as it may be, to be sure.
    const std::uint64_t bytes = budget.beside + image;
    return bytes + (largest_bundle(bytes) / kPieceSize + 1) * sizeof(Sha256);
}

}  // namespace

std::uint64_t largest_bundle(std::uint64_t smallest) {
    return smallest <= kSmallBundle ? kSmallBundle : 2 * smallest;
}

bool takes_plain_runner(const StartBudget& budget, std::uint64_t image) {
    const std::uint64_t smallest = smallest_bundle(budget, image);
    return budget.runner > 0 && smallest + budget.runner <= largest_bundle(smallest);
}

std::uint64_t room_for_blocks(const StartBudget& budget, std::uint64_t image) {
    const std::uint64_t smallest = smallest_bundle(budget, image);
    const std::uint64_t runner = takes_plain_runner(budget, image) ? budget.runner : 0;
    return largest_bundle(smallest) - smallest - runner;
}

std::vector<bool> choose_plain_blocks(const std::vector<BlockSizes>& blocks, std::uint64_t room) {
    std::vector<std::size_t> order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return blocks[a].compressed * blocks[b].plain > blocks[b].compressed * blocks[a].plain;
    });
    std::vector<bool> chosen(blocks.size(), false);
    for (const std::size_t i : order) {
        const std::uint64_t growth = blocks[i].plain - blocks[i].compressed;
        if (growth > room) continue;
        chosen[i] = true;
        room -= growth;
    }
    return chosen;
}

}  // namespace mincs::polecat
