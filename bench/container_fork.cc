// Times the making of a container of an image, and its removing, in the store at $MINCS_DIR: what
// `minc -r IMAGE` pays for being able to write. Prints a line each: minimum and median in
// milliseconds. usage: container_fork IMAGE ROUNDS
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "db/containers.hh"
#include "db/images.hh"

namespace {

using mincs::db::Container;

template <typename Action>
double milliseconds_of(const Action& action) {
    const auto start = std::chrono::steady_clock::now();
    action();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

void print(const char* name, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    fmt::print("{:<28} {:8.2f} {:8.2f}\n", name, times.front(), times[times.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    mincs::db::Store store =
        mincs::db::Store::open(mincs::db::Layout::standard(), mincs::db::Durability::kFast);
    const auto image = mincs::db::get_image(store, argv[1]);
    std::vector<double> making, removing;
    for (int round = std::atoi(argv[2]); round > 0; --round) {
        Container container;
        container.id = mincs::db::new_container_id();
        container.image_id = image.id;
        container.root = argv[1];
        container.layers = image.layers;
        container.command = "true";
        making.push_back(milliseconds_of(
            [&] { const auto lock = mincs::db::create_container(store, container); }));
        removing.push_back(
            milliseconds_of([&] { mincs::db::remove_container(store, container, true); }));
    }
    print("making a container", making);
    print("removing it", removing);
    return 0;
}
