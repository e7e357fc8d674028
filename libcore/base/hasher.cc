// The hashing half of digest.hh. It stands apart so that a program that only compares digests
// (minc) links no OpenSSL.
#include <openssl/evp.h>

#include "libcore/base/digest.hh"
#include "libcore/base/error.hh"

namespace mincs {
namespace {

std::string to_hex(const unsigned char* bytes, std::size_t size) {
    std::string hex;
    hex.reserve(size * 2);
    for (std::size_t i = 0; i < size; ++i) hex += fmt::format("{:02x}", bytes[i]);
    return hex;
}

}  // namespace

Digest Digest::of(std::string_view data, DigestAlgorithm algorithm) {
    Hasher hasher(algorithm);
    hasher.update(data);
    return hasher.finish();
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
