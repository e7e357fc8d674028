// A client of the OCI distribution API (distribution-spec, "Pulling", "Pushing", "Listing Tags"):
// finds and sends manifests and blobs, answering a registry's 401 with a token or a password on the
// way. Every byte it hands out belongs to a digest that is checked while it streams.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libregistry/certificates.hh"
#include "libregistry/credentials.hh"
#include "libregistry/limits.hh"
#include "libregistry/manifest.hh"
#include "libregistry/reference.hh"
#include "libregistry/registries_conf.hh"

namespace mincs::registry {

struct ClientOptions {
    Platform platform = Platform::host();
    /// Credentials are looked up here when a registry asks; empty: the usual auth.json and docker
    /// config.
    std::string auth_file;
    /// Instead of those: these, to whichever registry asks.
    std::optional<Credentials> credentials;
    /// Mirrors, short names, places without TLS; null: this host's registries.conf.
    std::shared_ptr<const RegistriesConf> registries;
    std::vector<std::filesystem::path> certificate_directories = usual_certificate_directories();
    /// Set by a signal handler or another thread to make running transfers stop with Error.
    const std::atomic<bool>* cancelled = nullptr;
    NetworkLimits limits = {};
};

/// Receives a blob's bytes in order. May throw to stop the transfer.
using BlobSink = std::function<void(std::string_view)>;

/// Where a blob's download begins: behind bytes that the caller has kept from an earlier one.
struct BlobStart {
    std::int64_t offset = 0;  ///< bytes of the blob that the caller has; at most its size
    Hasher hasher = Hasher(DigestAlgorithm::kSha256);  ///< has seen just these bytes; its algorithm
                                                       ///< is the blob's digest's
};

/// The next piece of a blob to send, empty at its end; valid until the next call. May throw.
using BlobPieces = std::function<std::string_view()>;
/// Begins the blob anew: called once for each attempt.
using BlobOpener = std::function<BlobPieces()>;

enum class PushedBlob { kWasThere, kMounted, kUploaded };

/// Thread-safe: several threads may fetch and push blobs at once.
class Client {
 public:
    explicit Client(ClientOptions options);
    ~Client();
    Client(const Client&) = delete;

    /// What a name that somebody typed means on this host (RegistriesConf::resolve). Throws
    /// UsageError.
    Reference resolve(std::string_view typed) const;

    /// Whether the registry takes the client's credentials. False: it asks for none. Throws Error
    /// where it refuses them.
    bool check_login(const std::string& registry);

    // ---- pulling: from the registry's mirrors, if it has some, or from itself ----

    /// The image manifest for the client's platform; an index on the way is followed. A pinned
    /// digest is checked.
    Manifest fetch_manifest(const Reference& reference);
    /// The same beginning with `document`, which is what the reference names.
    Manifest fetch_manifest(const Reference& reference, Document document);
    /// What the reference names, a manifest or an index, as it is; a pinned digest is checked. Its
    /// content is not looked at.
    Document fetch_document(const Reference& reference);
    /// A document of the reference's repository by its descriptor in an index; digest and size
    /// checked.
    Document fetch_document(const Reference& reference, const Descriptor& descriptor);
    /// What the reference names by HEAD, which counts in nobody's pull quota: media type, digest
    /// and size as the registry says, of which none is checked. Nothing where it does not answer
    /// such a question well: GET then tells why. Throws Error where it cannot be reached.
    std::optional<Descriptor> head_manifest(const Reference& reference);
    /// A small blob (a config), whole; digest and size checked; 4 MiB at most.
    std::string fetch_small_blob(const Reference& reference, const Descriptor& descriptor);
    /// Streams a blob. Throws Error where digest or size differ, after the sink has seen the bytes:
    /// whoever keeps them must throw them away then. A cut connection is resumed from where it
    /// broke. A foreign layer that the registry lacks comes from the URLs in its descriptor.
    void fetch_blob(const Reference& reference, const Descriptor& descriptor, const BlobSink& sink);
    /// The same behind `start`: the sink gets only what follows.
    void fetch_blob(const Reference& reference, const Descriptor& descriptor, const BlobSink& sink,
                    BlobStart start);
    /// All tags of the reference's repository, in the registry's order.
    std::vector<std::string> list_tags(const Reference& reference);

    // ---- pushing ----

    /// Whether the repository has the blob.
    bool has_blob(const Reference& reference, const Descriptor& descriptor);
    /// Makes the blob part of the reference's repository, by the cheapest way there is.
    /// `mount_from`: a repository of the same registry that may have it; empty: none is known. The
    /// registry checks the digest.
    PushedBlob push_blob(const Reference& reference, const Descriptor& descriptor,
                         const BlobOpener& open, const std::string& mount_from = "");
    /// Sends a manifest or an index as the reference's tag, by its digest where there is none. What
    /// it refers to must be there already. Returns its digest, which is the reference's if that is
    /// pinned.
    Digest push_manifest(const Reference& reference, std::string_view raw,
                         std::string_view media_type);

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mincs::registry
