// See client.hh. The retry loops live here; below, an exchange either succeeds or throws
// TransferError.
#include "libregistry/client.hh"

#include "libcore/base/error.hh"
#include "libregistry/api.hh"
#include "libregistry/blob_transfer.hh"
#include "libregistry/http.hh"
#include "libregistry/retry.hh"

namespace mincs::registry {
namespace {

/// Indexes may list indexes (image-index.md); more than this is a loop made to keep us busy.
constexpr int kMaxIndexes = 3;
constexpr std::int64_t kMaxSmallBlob = 4 << 20;

/// One line an answer may be of; some registries look at the first header only.
constexpr std::string_view kAcceptManifests =
    "Accept: application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

/// A manifest or an index as it came.
struct Document {
    std::string media_type;
    std::string raw;
    Digest digest;
};

std::string pulling(const Reference& reference) {
    return fmt::format("pulling '{}'", reference.to_string());
}

/// The digest is always computed: what a header (Docker-Content-Digest) says proves nothing.
Document checked_document(HttpResponse response, const std::optional<Digest>& wanted,
                          std::string_view what) {
    Document document{response.headers.get("content-type"), std::move(response.body), {}};
    const DigestAlgorithm algorithm = wanted ? wanted->algorithm() : DigestAlgorithm::kSha256;
    document.digest = Digest::of(document.raw, algorithm);
    if (wanted && document.digest != *wanted)
        throw Error("{}: the registry sent a manifest with the digest {} for {}", what,
                    document.digest.to_string(), wanted->to_string());
    return document;
}

}  // namespace

struct Client::Impl {
    explicit Impl(ClientOptions given)
        : options(std::move(given)),
          http(options.limits, options.cancelled),
          api(http, options.auth_file) {}

    Document fetch_document(const Reference& reference, const std::string& key,
                            const std::optional<Digest>& wanted, std::string_view what) {
        Retry retry(http, what);
        while (true) {
            try {
                HttpResponse response =
                    api.get(reference, "manifests/" + key, {std::string(kAcceptManifests)});
                return checked_document(std::move(response), wanted, what);
            } catch (const TransferError& error) {
                retry.pause_or_throw(error);
            }
        }
    }

    ClientOptions options;
    HttpClient http;
    Api api;
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

Manifest Client::fetch_manifest(const Reference& reference) {
    const std::string what = pulling(reference);
    Document document =
        impl_->fetch_document(reference, reference.manifest_key(), reference.digest, what);
    for (int indexes = 0; is_index(document.media_type, document.raw, what); ++indexes) {
        if (indexes == kMaxIndexes)
            throw Error("{}: indexes nested deeper than {}", what, kMaxIndexes);
        const Index index = parse_index(document.raw, what);
        const Descriptor& chosen = choose_platform(index, impl_->options.platform, what);
        document = impl_->fetch_document(reference, chosen.digest.to_string(), chosen.digest, what);
        if (static_cast<std::int64_t>(document.raw.size()) != chosen.size)
            throw Error("{}: the manifest {} has {} bytes where the index says {}", what,
                        chosen.digest.to_string(), document.raw.size(), chosen.size);
    }
    Manifest manifest = parse_manifest(document.raw, document.media_type, what);
    manifest.digest = document.digest;
    return manifest;
}

std::string Client::fetch_small_blob(const Reference& reference, const Descriptor& descriptor) {
    if (descriptor.size > kMaxSmallBlob)
        throw Error("{}: {} has {} bytes, more than the {} allowed for a config",
                    pulling(reference), descriptor.digest.to_string(), descriptor.size,
                    kMaxSmallBlob);
    std::string blob;
    fetch_blob(reference, descriptor, [&blob](std::string_view data) { blob += data; });
    return blob;
}

void Client::fetch_blob(const Reference& reference, const Descriptor& descriptor,
                        const BlobSink& sink) {
    const std::string what =
        fmt::format("{}: blob {}", pulling(reference), descriptor.digest.to_string());
    BlobTransfer transfer(descriptor, sink, what);
    Retry retry(impl_->http, what);
    std::int64_t before = 0;
    while (true) {
        try {
            transfer.attempt(impl_->api, reference);
            return transfer.verify();
        } catch (const TransferError& error) {
            // All there, but the server did not end as it should: the digest decides.
            if (transfer.received() == descriptor.size && descriptor.size > 0)
                return transfer.verify();
            retry.pause_or_throw(error, transfer.received() - before);
            before = transfer.received();
        }
    }
}

}  // namespace mincs::registry
