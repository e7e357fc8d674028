// See verify_content.hh.
#include "libcore/layer/verify_content.hh"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace mincs::layer {
namespace {

constexpr std::size_t kPiece = 128u << 10;
using Buffer = std::array<char, kPiece>;

/// Up to `size` bytes; fewer only at the file's end.
std::string_view read_piece(int file, std::int64_t offset, std::size_t size, Buffer& buffer) {
    size = std::min(size, buffer.size());
    std::size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(file, buffer.data() + done, size - done,
                                  offset + static_cast<std::int64_t>(done));
        if (got < 0 && errno == EINTR) continue;
        if (check(got, "reading it") == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return {buffer.data(), done};
}

bool has_bytes(int file, std::int64_t offset, std::string_view expected, Buffer& buffer) {
    while (!expected.empty()) {
        const std::string_view piece = read_piece(file, offset, expected.size(), buffer);
        if (piece.empty() || piece != expected.substr(0, piece.size())) return false;
        expected.remove_prefix(piece.size());
        offset += static_cast<std::int64_t>(piece.size());
    }
    return true;
}

/// Where the next byte is that is not in a hole; `end` where none is before it.
std::int64_t next_data(int file, std::int64_t offset, std::int64_t end) {
    const off_t data = lseek(file, offset, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return end;  // a hole to the end of the file
    return data < 0 ? offset : std::min<std::int64_t>(data, end);
}

bool has_zeros(int file, std::int64_t offset, std::int64_t end, Buffer& buffer) {
    while ((offset = next_data(file, offset, end)) < end) {
        const auto left = static_cast<std::size_t>(
            std::min<std::int64_t>(end - offset, static_cast<std::int64_t>(kPiece)));
        const std::string_view piece = read_piece(file, offset, left, buffer);
        if (piece.empty() || piece.find_first_not_of('\0') != std::string_view::npos) return false;
        offset += static_cast<std::int64_t>(piece.size());
    }
    return true;
}

}  // namespace

Fd open_to_compare(int directory, const std::string& name) {
    constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    Fd file(openat(directory, name.c_str(), kFlags | O_NOATIME));
    if (!file && errno == EPERM) file.reset(openat(directory, name.c_str(), kFlags));
    return file;
}

bool is_content(int file, TarReader& content, std::int64_t size) {
    const auto buffer = std::make_unique<Buffer>();
    std::int64_t end = 0;
    for (DataBlock block; content.next_block(block);) {
        if (block.offset < end || !has_zeros(file, end, block.offset, *buffer) ||
            !has_bytes(file, block.offset, block.bytes, *buffer))
            return false;
        end = block.offset + static_cast<std::int64_t>(block.bytes.size());
    }
    return end <= size && has_zeros(file, end, size, *buffer);
}

bool are_same(int file, int other, std::int64_t size) {
    const auto buffer = std::make_unique<Buffer>();
    const auto other_buffer = std::make_unique<Buffer>();
    std::int64_t offset = 0;
    while (true) {
        offset = std::min(next_data(file, offset, size), next_data(other, offset, size));
        if (offset >= size) return true;
        const auto left = static_cast<std::size_t>(
            std::min<std::int64_t>(size - offset, static_cast<std::int64_t>(kPiece)));
        const std::string_view piece = read_piece(file, offset, left, *buffer);
        if (piece.size() != left || piece != read_piece(other, offset, left, *other_buffer))
            return false;
        offset += static_cast<std::int64_t>(left);
    }
}

}  // namespace mincs::layer
