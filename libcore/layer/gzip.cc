// See gzip.hh. This file owns ISA-L's deflate.
#include "libcore/layer/gzip.hh"

#include <isa-l/igzip_lib.h>

#include <vector>

#include "libcore/base/error.hh"

namespace mincs::layer {

struct GzipWriter::State {
    Sink sink;
    isal_zstream stream;
    std::vector<std::uint8_t> level_buffer = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
    std::vector<std::uint8_t> out = std::vector<std::uint8_t>(256u << 10);
};

GzipWriter::GzipWriter(Sink sink) : state_(std::make_unique<State>()) {
    state_->sink = std::move(sink);
    isal_deflate_init(&state_->stream);
    state_->stream.level = 1;
    state_->stream.level_buf = state_->level_buffer.data();
    state_->stream.level_buf_size = static_cast<std::uint32_t>(state_->level_buffer.size());
    state_->stream.gzip_flag = IGZIP_GZIP;
}

GzipWriter::~GzipWriter() = default;

void GzipWriter::write(std::string_view plain) {
    constexpr std::size_t kPiece = 1u << 20;  // the library counts in 32 bits
    for (; !plain.empty(); plain.remove_prefix(std::min(kPiece, plain.size())))
        deflate(plain.substr(0, kPiece), false);
}

void GzipWriter::finish() {
    deflate({}, true);
}

void GzipWriter::deflate(std::string_view plain, bool last) {
    isal_zstream& stream = state_->stream;
    std::vector<std::uint8_t>& out = state_->out;
    // The library reads only, though its type does not say so.
    stream.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(plain.data()));
    stream.avail_in = static_cast<std::uint32_t>(plain.size());
    stream.end_of_stream = last;
    do {
        stream.next_out = out.data();
        stream.avail_out = static_cast<std::uint32_t>(out.size());
        if (isal_deflate(&stream) != COMP_OK) throw Error("compressing: the library refused");
        const std::size_t made = out.size() - stream.avail_out;
        if (made > 0) state_->sink({reinterpret_cast<const char*>(out.data()), made});
    } while (stream.avail_out == 0 || stream.avail_in > 0);
}

}  // namespace mincs::layer
