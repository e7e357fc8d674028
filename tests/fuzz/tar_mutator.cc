// libFuzzer's mutations for tars. Nearly every changed byte of a header makes its checksum wrong
// and ends the story there; so after a mutation the checksums are made right again, mostly. And
// entries are moved about as a whole, which byte by byte would take ages.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kChecksum = 148;
constexpr std::size_t kMagic = 257;

/// A header's fields: where, how long. libFuzzer's own mutations go to one of them, or anywhere.
struct Field {
    std::size_t at;
    std::size_t size;
};
constexpr Field kFields[] = {{0, 100}, {100, 8},   {108, 8}, {116, 8}, {124, 12}, {136, 12},
                             {156, 1}, {157, 100}, {329, 8}, {337, 8}, {345, 155}};

constexpr const char* kNames[] = {
    "a",     "a/b",          "a/../b",       "../canary/file", "/",
    ".",     "./",           "..",           "a//b",           "a/",
    ".wh.a", "a/.wh.b",      ".wh..wh..opq", "a/.wh..wh..opq", ".wh...",
    ".wh.",  ".wh..wh.plnk", "link",         "link/x",         "\xff\n"};

using Random = std::minstd_rand;

bool is_header(const std::uint8_t* block) {
    return std::memcmp(block + kMagic, "ustar", 5) == 0;
}

std::vector<std::size_t> headers(const std::uint8_t* data, std::size_t size) {
    std::vector<std::size_t> found;
    for (std::size_t at = 0; at + kBlock <= size; at += kBlock)
        if (is_header(data + at)) found.push_back(at);
    return found;
}

void repair(std::uint8_t* block) {
    unsigned sum = 8 * ' ';
    for (std::size_t i = 0; i < kBlock; ++i)
        if (i < kChecksum || i >= kChecksum + 8) sum += block[i];
    char text[9];
    std::snprintf(text, sizeof text, "%06o", sum & 0777777u);
    std::memcpy(block + kChecksum, text, 7);
    block[kChecksum + 7] = ' ';
}

void change_field(std::uint8_t* header, Random& random) {
    const Field& field = kFields[random() % std::size(kFields)];
    const bool is_name = field.size >= 100;
    if (is_name && random() % 2 == 0) {
        const char* name = kNames[random() % std::size(kNames)];
        std::memset(header + field.at, 0, field.size);
        std::memcpy(header + field.at, name, std::strlen(name));
    } else if (field.at == 156) {
        constexpr char kTypes[] = "01234567xgLKSVDANI";
        header[field.at] = static_cast<std::uint8_t>(kTypes[random() % (sizeof kTypes - 1)]);
    } else {
        LLVMFuzzerMutate(header + field.at, field.size, field.size);
    }
}

/// Copies or moves or drops the blocks from one header to the next.
std::size_t shuffle(std::uint8_t* data, std::size_t size, std::size_t max_size, Random& random) {
    std::vector<std::size_t> starts = headers(data, size);
    if (starts.empty()) return size;
    starts.push_back(size / kBlock * kBlock);
    const std::size_t from = random() % (starts.size() - 1);
    const std::size_t to = starts[random() % starts.size()];
    const std::string entry(reinterpret_cast<char*>(data) + starts[from],
                            starts[from + 1] - starts[from]);
    std::string tar(reinterpret_cast<char*>(data), size);
    const unsigned act = random() % 3;
    if (act == 0) {
        tar.erase(starts[from], entry.size());
    } else {
        tar.insert(to, entry);
        if (act == 1)
            tar.erase(starts[from] + (to <= starts[from] ? entry.size() : 0), entry.size());
    }
    if (tar.size() > max_size) return size;
    std::memcpy(data, tar.data(), tar.size());
    return tar.size();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned seed) {
    Random random(seed + 1);
    const std::vector<std::size_t> found = headers(data, size);
    const unsigned act = random() % 8;
    if (act < 2)
        size = shuffle(data, size, max_size, random);
    else if (act < 6 && !found.empty())
        change_field(data + found[random() % found.size()], random);
    else
        size = LLVMFuzzerMutate(data, size, max_size);
    if (random() % 16 != 0)
        for (const std::size_t at : headers(data, size)) repair(data + at);
    return size;
}
