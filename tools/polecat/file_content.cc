// See file_content.hh.
#include "tools/polecat/file_content.hh"

#include <fcntl.h>
#include <unistd.h>

#include "libcore/base/error.hh"

namespace mincs::polecat {
namespace {

/// As many bytes as there are, at most `size`.
std::size_t read_block(int file, char* to, std::size_t size, const std::string& path) {
    std::size_t got = 0;
    while (got < size) {
        const ssize_t more = read(file, to + got, size - got);
        if (more == -1 && errno == EINTR) continue;
        check(more, "reading '{}'", printable(path));
        if (more == 0) break;
        got += static_cast<std::size_t>(more);
    }
    return got;
}

}  // namespace

void read_content(const fs::RootDir& root, const std::string& path, std::uint64_t size,
                  std::size_t block_size, const std::function<void(std::string_view)>& take) {
    const Fd file = root.open_no_links(path, O_RDONLY | O_NONBLOCK);
    std::string block(block_size, '\0');
    while (true) {
        const std::size_t got = read_block(file.get(), block.data(), block.size(), path);
        if (got > size || (got == 0 && size > 0))
            throw Error("reading '{}': it changed its size while it was read", printable(path));
        if (got == 0) return;
        size -= got;
        take(std::string_view(block).substr(0, got));
    }
}

}  // namespace mincs::polecat
