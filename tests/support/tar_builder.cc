// See tar_builder.hh.
#include "tests/support/tar_builder.hh"

#include <bzlib.h>
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>

#include <stdexcept>

namespace mincs::test {
namespace {

constexpr std::size_t kBlock = 512;

void put(std::string& block, std::size_t at, std::string_view text) {
    block.replace(at, text.size(), text);
}

/// Octal where it fits, else GNU's base-256 (also for negative numbers).
void put_number(std::string& block, std::size_t at, std::size_t width, std::int64_t number) {
    if (number >= 0 && number < std::int64_t{1} << (3 * (width - 1))) {
        put(block, at, fmt::format("{:0{}o}", number, width - 1));
        return;
    }
    for (std::size_t i = 0; i < width; ++i) {
        const std::size_t shift = 8 * (width - 1 - i);
        const std::int64_t byte = shift >= 64 ? (number < 0 ? -1 : 0) : number >> shift;
        block[at + i] = static_cast<char>(byte & 0xff);
    }
    block[at] = static_cast<char>(number < 0 ? 0xff : 0x80);
}

std::string header(const TarItem& item, std::int64_t size) {
    std::string block(kBlock, '\0');
    put(block, 0, item.name.substr(0, 100));
    put_number(block, 100, 8, item.mode);
    put_number(block, 108, 8, item.uid);
    put_number(block, 116, 8, item.gid);
    put_number(block, 124, 12, size);
    put_number(block, 136, 12, item.mtime);
    put(block, 148, "        ");
    block[156] = item.type;
    put(block, 157, item.link.substr(0, 100));
    put(block, 257, std::string_view("ustar\00000", 8));
    put_number(block, 329, 8, item.device_major);
    put_number(block, 337, 8, item.device_minor);
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    put(block, 148, fmt::format("{:06o}", sum));
    block[154] = '\0';
    return block;
}

std::string padded(std::string content) {
    content.resize((content.size() + kBlock - 1) / kBlock * kBlock, '\0');
    return content;
}

/// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
std::string pax_record(const std::string& key, const std::string& value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length) ++length;
    return fmt::format("{} {}={}\n", length, key, value);
}

}  // namespace

TarBuilder& TarBuilder::add(const TarItem& item) {
    std::string records;
    for (const auto& [key, value] : item.pax) records += pax_record(key, value);
    if (item.name.size() > 100) records += pax_record("path", item.name);
    if (item.link.size() > 100) records += pax_record("linkpath", item.link);
    if (!records.empty()) {
        TarItem extension;
        extension.name = "PaxHeader";
        extension.type = 'x';
        bytes_ += header(extension, static_cast<std::int64_t>(records.size())) + padded(records);
    }
    const auto size = static_cast<std::int64_t>(item.content.size());
    bytes_ += header(item, item.claimed_size < 0 ? size : item.claimed_size) + padded(item.content);
    return *this;
}

TarBuilder& TarBuilder::file(std::string name, std::string content) {
    TarItem item;
    item.name = std::move(name);
    item.content = std::move(content);
    return add(item);
}

TarBuilder& TarBuilder::directory(std::string name, unsigned mode) {
    TarItem item;
    item.name = std::move(name);
    item.type = '5';
    item.mode = mode;
    return add(item);
}

TarBuilder& TarBuilder::symlink(std::string name, std::string target) {
    TarItem item;
    item.name = std::move(name);
    item.type = '2';
    item.link = std::move(target);
    return add(item);
}

TarBuilder& TarBuilder::hard_link(std::string name, std::string target) {
    TarItem item;
    item.name = std::move(name);
    item.type = '1';
    item.link = std::move(target);
    return add(item);
}

std::string TarBuilder::bytes() const {
    return bytes_ + std::string(2 * kBlock, '\0');
}

std::string gzip(std::string_view plain) {
    std::string input(plain);
    std::string out(plain.size() + plain.size() / 8 + 1024, '\0');
    isal_zstream stream;
    isal_deflate_stateless_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    stream.next_in = reinterpret_cast<std::uint8_t*>(input.data());
    stream.avail_in = static_cast<std::uint32_t>(input.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream.avail_out = static_cast<std::uint32_t>(out.size());
    if (isal_deflate_stateless(&stream) != COMP_OK) throw std::runtime_error("igzip refused");
    out.resize(stream.total_out);
    return out;
}

std::string zstd(std::string_view plain) {
    std::string out(ZSTD_compressBound(plain.size()), '\0');
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const std::size_t size =
        ZSTD_compress2(context, out.data(), out.size(), plain.data(), plain.size());
    ZSTD_freeCCtx(context);
    if (ZSTD_isError(size)) throw std::runtime_error(ZSTD_getErrorName(size));
    out.resize(size);
    return out;
}

std::string bzip2(std::string_view plain) {
    std::string input(plain);
    std::string out(plain.size() + plain.size() / 50 + 1024, '\0');
    auto size = static_cast<unsigned>(out.size());
    if (BZ2_bzBuffToBuffCompress(out.data(), &size, input.data(),
                                 static_cast<unsigned>(input.size()), 1, 0, 0) != BZ_OK)
        throw std::runtime_error("bzip2 refused");
    out.resize(size);
    return out;
}

std::string xz(std::string_view plain) {
    std::string out(lzma_stream_buffer_bound(plain.size()), '\0');
    std::size_t size = 0;
    if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, nullptr,
                                reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size(),
                                reinterpret_cast<std::uint8_t*>(out.data()), &size,
                                out.size()) != LZMA_OK)
        throw std::runtime_error("xz refused");
    out.resize(size);
    return out;
}

}  // namespace mincs::test
