// Writes tars byte by byte for tests: sound ones, and those no tar program would write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mincs::test {

/// One entry; the fields are those of POSIX ustar and pax (pax(1), "ustar Interchange Format").
struct TarItem {
    std::string name;
    char type = '0';  ///< '0' file, '1' hard link, '2' symlink, '3' char, '4' block, '5' directory,
                      ///< '6' fifo
    std::string content;
    std::string link;
    unsigned mode = 0644;
    std::int64_t uid = 0;
    std::int64_t gid = 0;
    std::int64_t mtime = 1'600'000'000;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    /// Records of an extended header in front: {"path", "…"}, {"SCHILY.xattr.user.a", "1"}.
    std::vector<std::pair<std::string, std::string>> pax = {};
    /// What the header says instead of content's size; -1: the truth.
    std::int64_t claimed_size = -1;
};

class TarBuilder {
 public:
    TarBuilder& add(const TarItem& item);
    TarBuilder& file(std::string name, std::string content = "");
    TarBuilder& directory(std::string name, unsigned mode = 0755);
    TarBuilder& symlink(std::string name, std::string target);
    TarBuilder& hard_link(std::string name, std::string target);
    /// The archive with its end marker.
    std::string bytes() const;
    /// Without.
    const std::string& open_end() const { return bytes_; }

 private:
    std::string bytes_;
};

/// As one gzip member.
std::string gzip(std::string_view plain);
/// As one zstd frame with a checksum.
std::string zstd(std::string_view plain);
/// As one bzip2 and one xz stream.
std::string bzip2(std::string_view plain);
std::string xz(std::string_view plain);

}  // namespace mincs::test
