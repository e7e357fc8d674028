// See digest.hh.
#include "libcore/base/digest.hh"

#include <openssl/evp.h>

#include "libcore/base/error.hh"

namespace mincs {
namespace {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
    std::string hex;
    hex.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
}

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

Digest Digest::of(std::string_view data, DigestAlgorithm algorithm) {
    Hasher hasher(algorithm);
    hasher.update(data);
    return hasher.finish();
}

std::string_view Digest::algorithm_name() const {
    return algorithm_ == DigestAlgorithm::kSha256 ? "sha256" : "sha512";
}

std::string Digest::to_string() const {
    return fmt::format("{}:{}", algorithm_name(), hex_);
}

struct Hasher::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};

Hasher::Hasher(DigestAlgorithm algorithm)
    : algorithm_(algorithm), state_(std::make_unique<State>()) {
    const EVP_MD* kind = algorithm == DigestAlgorithm::kSha256 ? EVP_sha256() : EVP_sha512();
    if (EVP_DigestInit_ex(state_->context.get(), kind, nullptr) != 1)
        throw Error("starting a digest: OpenSSL refused");
}

Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;
Hasher::~Hasher() = default;

void Hasher::update(const void* data, std::size_t size) {
    if (EVP_DigestUpdate(state_->context.get(), data, size) != 1)
        throw Error("updating a digest: OpenSSL refused");
}

Digest Hasher::finish() {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_DigestFinal_ex(state_->context.get(), bytes, &size) != 1)
        throw Error("finishing a digest: OpenSSL refused");
    Digest digest;
    digest.algorithm_ = algorithm_;
    digest.hex_ = to_hex(bytes, size);
    return digest;
}

}  // namespace mincs
