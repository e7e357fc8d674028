// One blob on its way: counts and hashes what comes, hands it on, and after a cut goes on where it
// broke. The descriptor is the only authority on size and digest; what the server says about them
// is only compared.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libcore/base/digest.hh"
#include "libregistry/api.hh"
#include "libregistry/client.hh"
#include "libregistry/manifest.hh"

namespace mincs::registry {

/// Where a blob may come from: a registry, or a URL of a foreign layer's descriptor, which gets no
/// credentials.
struct BlobPlace {
    Endpoint registry;
    std::optional<Url> url;

    std::string name() const { return url ? url->authority() : registry.reference.registry; }
};

class BlobTransfer {
 public:
    /// All must outlive the transfer. `what` begins errors.
    BlobTransfer(const Descriptor& descriptor, const BlobSink& sink, std::string_view what,
                 BlobStart start)
        : descriptor_(descriptor),
          sink_(sink),
          what_(what),
          hasher_(std::move(start.hasher)),
          received_(start.offset) {}

    /// Asks `place`, which must outlive the transfer, for what is missing. Returns once all of it
    /// is there; throws TransferError where the connection broke (call again), Error where the
    /// bytes are wrong.
    void attempt(Api& api, HttpClient& http, const BlobPlace& place);
    /// Bytes that are there: what it started behind, and what the sink got.
    std::int64_t received() const { return received_; }
    /// Once at the end: throws where the digest differs.
    void verify();

 private:
    bool accept(const HttpResponse& response);
    void accept_whole(const HttpResponse& response);
    void accept_part(const HttpResponse& response);
    void take(std::string_view data);

    const Descriptor& descriptor_;
    const BlobSink& sink_;
    std::string_view what_;
    Hasher hasher_;
    std::int64_t received_;
    std::int64_t skip_ = 0;             ///< bytes of this answer that are here already
    const BlobPlace* place_ = nullptr;  ///< that was asked last
    bool asked_part_ = false;
    bool part_failed_ = false;  ///< the last request for a part brought nothing: ask for the whole
};

}  // namespace mincs::registry
