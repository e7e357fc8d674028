// Compression to gzip as bytes stream by (igzip of ISA-L, level 1: about as small as gzip -1 and
// many times faster), for layers and archives made here.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace mincs::layer {

class GzipWriter {
 public:
    using Sink = std::function<void(std::string_view)>;
    explicit GzipWriter(Sink sink);
    GzipWriter(const GzipWriter&) = delete;
    ~GzipWriter();

    void write(std::string_view plain);
    void finish();

 private:
    struct State;
    void deflate(std::string_view plain, bool last);
    std::unique_ptr<State> state_;
};

}  // namespace mincs::layer
