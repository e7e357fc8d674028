// See digest.hh.
#include "libcore/base/digest.hh"

#include "libcore/base/error.hh"

namespace mincs {
namespace {

bool is_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Digest Digest::parse(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const std::string_view hex = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    Digest digest;
    if (name == "sha256") {
        digest.algorithm_ = DigestAlgorithm::kSha256;
    } else if (name == "sha512") {
        digest.algorithm_ = DigestAlgorithm::kSha512;
    } else {
        throw Error("'{}' is not a digest: the algorithm is neither sha256 nor sha512",
                    printable(text.substr(0, 200)));
    }
    const std::size_t length = digest.algorithm_ == DigestAlgorithm::kSha256 ? 64 : 128;
    if (hex.size() != length || !is_hex(hex))
        throw Error("'{}' is not a digest: {} wants {} lower-case hex digits",
                    printable(text.substr(0, 200)), name, length);
    digest.hex_ = hex;
    return digest;
}

std::string_view Digest::algorithm_name() const {
    return algorithm_ == DigestAlgorithm::kSha256 ? "sha256" : "sha512";
}

std::string Digest::to_string() const {
    return fmt::format("{}:{}", algorithm_name(), hex_);
}

}  // namespace mincs
