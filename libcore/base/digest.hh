// Content digests as the OCI image-spec writes them ("sha256:HEX", descriptor.md, section Digests),
// and the streaming hasher (OpenSSL EVP). This file owns OpenSSL's digests.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace mincs {

enum class DigestAlgorithm { kSha256, kSha512 };

/// A checked digest: the hex part has the algorithm's length and only [0-9a-f], so it is safe in a
/// path.
class Digest {
 public:
    Digest() = default;  ///< empty; compares unequal to every parsed one
    /// "sha256:<64 hex>" or "sha512:<128 hex>"; throws Error on anything else.
    static Digest parse(std::string_view text);
    static Digest of(std::string_view data, DigestAlgorithm algorithm = DigestAlgorithm::kSha256);

    DigestAlgorithm algorithm() const { return algorithm_; }
    const std::string& hex() const { return hex_; }
    /// Its first 12 digits, for people.
    std::string short_hex() const { return hex_.substr(0, 12); }
    /// "sha256" or "sha512"
    std::string_view algorithm_name() const;
    std::string to_string() const;
    bool empty() const { return hex_.empty(); }

    auto operator<=>(const Digest&) const = default;

 private:
    friend class Hasher;
    DigestAlgorithm algorithm_ = DigestAlgorithm::kSha256;
    std::string hex_;
};

/// Hashes a stream: update() any number of times, then finish() once.
class Hasher {
 public:
    explicit Hasher(DigestAlgorithm algorithm = DigestAlgorithm::kSha256);
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    ~Hasher();

    void update(const void* data, std::size_t size);
    void update(std::string_view data) { update(data.data(), data.size()); }
    Digest finish();

 private:
    struct State;
    DigestAlgorithm algorithm_;
    std::unique_ptr<State> state_;
};

}  // namespace mincs
