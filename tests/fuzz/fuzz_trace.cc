// A trace file (`polecat pack --trace`), which may come from anybody.
#include "tests/fuzz/targets.hh"
#include "tools/polecat/trace_file.hh"

namespace mincs::fuzz {

int fuzz_trace(const std::uint8_t* data, std::size_t size) {
    accepts([&] {
        const auto runs = polecat::decode_traces(text_of(data, size), "the input");
        for (const polecat::TracedRun& run : runs)
            for (const auto& [path, touch] : run.trace) {
                expect(path.starts_with('/'), "paths are absolute");
                expect(touch.existed || touch.missing, "a path was there, missing or both");
            }
        const std::string text = polecat::encode_traces(runs);
        expect(polecat::encode_traces(polecat::decode_traces(text, "what we wrote")) == text,
               "a trace reads back");
    });
    return 0;
}

}  // namespace mincs::fuzz
