// See decompress.hh: in place of decompress_xz.cc in the runner of bundles that have no xz in them.
#include "libcore/base/error.hh"
#include "tools/polecat/runner/decompress.hh"

namespace mincs::polecat {

std::size_t decompress_xz(std::string_view, char*, std::size_t) {
    throw Error("the image is damaged: it is compressed by xz, and its runner knows zstd");
}

}  // namespace mincs::polecat
