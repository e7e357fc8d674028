// See embedded.hh. The assembler reads the files (.incbin); CMakeLists.txt puts them on its include
// path and rebuilds this when one of them changes.
#include "tools/polecat/embedded.hh"

// clang-format off
asm(R"(
    .section .rodata
    .balign 16
    .global mincs_polecat_runner, mincs_polecat_runner_end
mincs_polecat_runner:
    .incbin "embedded/runner"
mincs_polecat_runner_end:
    .balign 16
    .global mincs_polecat_packed_zstd, mincs_polecat_packed_zstd_end
mincs_polecat_packed_zstd:
    .incbin "embedded/runner-packed-zstd"
mincs_polecat_packed_zstd_end:
    .balign 16
    .global mincs_polecat_packed_xz, mincs_polecat_packed_xz_end
mincs_polecat_packed_xz:
    .incbin "embedded/runner-packed-xz"
mincs_polecat_packed_xz_end:
    .global mincs_polecat_rules, mincs_polecat_rules_end
mincs_polecat_rules:
    .incbin "embedded/rules.txt"
mincs_polecat_rules_end:
    .global mincs_polecat_header, mincs_polecat_header_end
mincs_polecat_header:
    .incbin "embedded/header.sh"
mincs_polecat_header_end:
    .previous
)");
// clang-format on

extern "C" {
extern const char mincs_polecat_runner[], mincs_polecat_runner_end[];
extern const char mincs_polecat_packed_zstd[], mincs_polecat_packed_zstd_end[];
extern const char mincs_polecat_packed_xz[], mincs_polecat_packed_xz_end[];
extern const char mincs_polecat_rules[], mincs_polecat_rules_end[];
extern const char mincs_polecat_header[], mincs_polecat_header_end[];
}

namespace mincs::polecat {

namespace {

std::string_view between(const char* begin, const char* end) {
    return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::string_view embedded_runner(PackCompression compression, bool must_start_fast) {
    if (compression == PackCompression::kXz)
        return between(mincs_polecat_packed_xz, mincs_polecat_packed_xz_end);
    if (!must_start_fast) return between(mincs_polecat_packed_zstd, mincs_polecat_packed_zstd_end);
    return between(mincs_polecat_runner, mincs_polecat_runner_end);
}
std::string_view embedded_rules() {
    return between(mincs_polecat_rules, mincs_polecat_rules_end);
}
std::string_view embedded_header() {
    return between(mincs_polecat_header, mincs_polecat_header_end);
}

}  // namespace mincs::polecat
