// Every corpus through its target, as an ordinary test: an input that once broke something stays
// here (tests/data/fuzz/TARGET/), and each is also cut short at every length and has bytes flipped.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "libcore/base/files.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

using Target = int (*)(const std::uint8_t*, std::size_t);

void run(Target target, const std::string& bytes) {
    target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void replay(const char* name, Target target) {
    int inputs = 0;
    for (const auto& file : std::filesystem::directory_iterator(
             std::filesystem::path(MINCS_TEST_DATA) / "fuzz" / name)) {
        SCOPED_TRACE(file.path().native());
        const std::string bytes = read_file(file.path());
        run(target, bytes);
        const std::size_t step = bytes.size() / 100 + 1;
        for (std::size_t at = 0; at < bytes.size(); at += step) {
            run(target, bytes.substr(0, at));
            std::string flipped = bytes;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
            run(target, flipped);
        }
        ++inputs;
    }
    EXPECT_GT(inputs, 0);
}

TEST(FuzzCorpus, Reference) {
    replay("reference", fuzz_reference);
}
TEST(FuzzCorpus, Challenge) {
    replay("challenge", fuzz_challenge);
}
TEST(FuzzCorpus, Document) {
    replay("document", fuzz_document);
}
TEST(FuzzCorpus, Layer) {
    if (geteuid() != 0) GTEST_SKIP() << "owners and devices need root";
    replay("layer", fuzz_layer);
}
TEST(FuzzCorpus, Archive) {
    replay("archive", fuzz_archive);
}

}  // namespace
}  // namespace mincs::fuzz
