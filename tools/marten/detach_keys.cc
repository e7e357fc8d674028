// See detach_keys.hh.
#include "tools/marten/detach_keys.hh"

namespace mincs::marten {

std::string DetachKeys::filter(std::string_view typed) {
    constexpr char kFirst = 'P' & 0x1f, kSecond = 'Q' & 0x1f;
    std::string kept;
    for (const char byte : typed) {
        if (is_begun_ && byte == kSecond) {
            is_complete_ = true;
            return kept;
        }
        if (is_begun_) kept += kFirst;
        is_begun_ = byte == kFirst;
        if (!is_begun_) kept += byte;
    }
    return kept;
}

}  // namespace mincs::marten
