// The entry of one libFuzzer program; MINCS_FUZZ_TARGET is its function.
#include "tests/fuzz/targets.hh"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return mincs::fuzz::MINCS_FUZZ_TARGET(data, size);
}
