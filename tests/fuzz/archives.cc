// The targets that are tars.
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "libcore/base/files.hh"
#include "libcore/layer/verify.hh"
#include "libimage/archive.hh"
#include "libimage/place.hh"
#include "tests/fuzz/targets.hh"

namespace mincs::fuzz {
namespace {

constexpr std::size_t kBlock = 512;

/// Blocks that look like headers get the checksum they should have.
std::string with_checksums(std::string tar) {
    for (std::size_t at = 0; at + kBlock <= tar.size(); at += kBlock) {
        const std::string_view block(tar.data() + at, kBlock);
        if (block.substr(257, 5) != "ustar") continue;
        unsigned sum = 8 * ' ';
        for (std::size_t i = 0; i < kBlock; ++i)
            if (i < 148 || i >= 156) sum += static_cast<unsigned char>(block[i]);
        const std::string text = fmt::format("{:06o}", sum) + std::string("\0 ", 2);
        tar.replace(at + 148, 8, text);
    }
    return tar;
}

layer::TarSource source_of(std::string_view bytes) {
    return [rest = bytes]() mutable {
        const std::string_view next = rest.substr(0, 65536);
        rest.remove_prefix(next.size());
        return next;
    };
}

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

int fuzz_layer(const std::uint8_t* data, std::size_t size) {
    const std::string tar = with_checksums(std::string(reinterpret_cast<const char*>(data), size));
    static const TempDir place("/dev/shm", "fuzz-layer");
    const std::string directory = place.path() / "layer";
    const std::string canary = place.path() / "canary";
    write_file_atomic(canary, "canary");
    mkdir(directory.c_str(), 0755);
    layer::ApplyLimits limits;
    limits.bytes = 16 << 20;
    limits.entries = 1000;
    try {
        const auto target = fs::RootDir::open(directory);
        const auto result = layer::apply_layer(source_of(tar), target, limits);
        // What was unpacked is what is verified; a difference is for the second look, no crash.
        const auto report = layer::verify_layer(source_of(tar), Digest::of(tar), target);
        require(report.counted.entries == result.entries && report.counted.bytes == result.bytes);
        require(layer::compare_layers(target, target).empty());
    } catch (const Error&) {
    }
    remove_tree(directory);
    require(read_file(canary) == "canary");
    return 0;
}

int fuzz_archive(const std::uint8_t* data, std::size_t size) {
    const std::string tar = with_checksums(std::string(reinterpret_cast<const char*>(data), size));
    Fd file(memfd_create("fuzz", MFD_CLOEXEC));
    write_all(file.get(), tar, "the archive");
    lseek(file.get(), 0, SEEK_SET);
    image::ArchiveOptions options;
    options.spool = [] { return Fd(memfd_create("spool", MFD_CLOEXEC)); };
    try {
        auto opened = image::open_archive(std::move(file), "'fuzz'", options);
        if (auto* members = std::get_if<std::shared_ptr<const image::Members>>(&opened)) {
            const auto source = image::make_source(*members);
            source->images();
        }
    } catch (const Error&) {
    }
    return 0;
}

}  // namespace mincs::fuzz
