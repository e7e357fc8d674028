// Every kept input through its fuzz target, under the usual compiler: what was found once stays
// found. Each is also cut short and has bytes flipped; making better ones is libFuzzer's work
// (scripts/test-fuzz).
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "libcore/base/files.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

const std::filesystem::path kKept = MINCS_TEST_DATA "/fuzz";

void run_one(const Target& target, const std::string& bytes) {
    target.run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void run(const Target& target, const std::string& bytes) {
    run_one(target, bytes);
    // Each run of the ones that need root makes files.
    const std::size_t step = bytes.size() / (target.needs_root ? 5 : 30) + 1;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        run_one(target, bytes.substr(0, at));
        std::string flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
        run_one(target, flipped);
    }
}

class Corpus : public testing::TestWithParam<Target> {};

TEST_P(Corpus, HoldsItsPromises) {
    const Target& target = GetParam();
    if (target.needs_root && geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
    int inputs = 0;
    const std::filesystem::path directory = kKept / target.name;
    if (std::filesystem::exists(directory))
        for (const auto& file : std::filesystem::directory_iterator(directory)) {
            SCOPED_TRACE(file.path());
            run(target, read_file(file.path()));
            ++inputs;
        }
    if (target.seeds)
        for (const Seed& seed : target.seeds()) {
            SCOPED_TRACE(seed.name);
            run(target, seed.bytes);
            ++inputs;
        }
    EXPECT_GT(inputs, 5);
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

TEST(FuzzData, IsForTargetsThatExist) {
    std::set<std::string> targets;
    for (const Target& target : kTargets) targets.insert(target.name);
    for (const auto& directory : std::filesystem::directory_iterator(kKept))
        EXPECT_TRUE(targets.contains(directory.path().filename())) << directory.path();
}

TEST(FuzzDeathTest, BrokenPromiseEndsTheProcess) {
    EXPECT_DEATH(expect(false, "water is dry"), "broken promise: water is dry");
}

}  // namespace
}  // namespace mincs::fuzz
