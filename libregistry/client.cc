// See client.hh; here: pulling. The retry loops live in the client; below, an exchange either
// succeeds or throws TransferError.
#include "libregistry/client.hh"

#include "libcore/base/error.hh"
#include "libregistry/blob_transfer.hh"
#include "libregistry/client_impl.hh"
#include "libregistry/tag_list.hh"

namespace mincs::registry {
namespace {

/// Indexes may list indexes (image-index.md); more than this is a loop made to keep us busy.
constexpr int kMaxIndexes = 3;
constexpr std::int64_t kMaxSmallBlob = 4 << 20;

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

/// What a HEAD's answer says about a manifest, if it says all.
std::optional<Descriptor> described(const HttpResponse& response) {
    Descriptor descriptor;
    descriptor.media_type = response.headers.get("content-type");
    const std::optional<std::int64_t> size = to_number(response.headers.get("content-length"));
    if (descriptor.media_type.empty() || !size) return std::nullopt;
    descriptor.size = *size;
    try {
        descriptor.digest = Digest::parse(response.headers.get("docker-content-digest"));
    } catch (const Error&) {
        return std::nullopt;  // GHCR and quay send it; the specification only recommends it
    }
    return descriptor;
}

}  // namespace

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

Document Client::Impl::fetch_document(const Reference& reference, const std::string& key,
                                      const std::optional<Digest>& wanted) {
    const std::string what = pulling(reference);
    return with_retries(what, [&] {
        HttpResponse response = api.send(
            {reference}, {.path = "manifests/" + key, .headers = {std::string(kAcceptManifests)}});
        return checked_document(std::move(response), wanted, what);
    });
}

Document Client::fetch_document(const Reference& reference) {
    return impl_->fetch_document(reference, reference.manifest_key(), reference.digest);
}

Document Client::fetch_document(const Reference& reference, const Descriptor& descriptor) {
    const std::string digest = descriptor.digest.to_string();
    Document document = impl_->fetch_document(reference, digest, descriptor.digest);
    if (static_cast<std::int64_t>(document.raw.size()) != descriptor.size)
        throw Error("{}: the manifest {} has {} bytes where the index says {}", pulling(reference),
                    digest, document.raw.size(), descriptor.size);
    return document;
}

Manifest Client::fetch_manifest(const Reference& reference) {
    const std::string what = pulling(reference);
    Document document = fetch_document(reference);
    for (int indexes = 0; is_index(document.media_type, document.raw, what); ++indexes) {
        if (indexes == kMaxIndexes)
            throw Error("{}: indexes nested deeper than {}", what, kMaxIndexes);
        const Index index = parse_index(document.raw, what);
        document = fetch_document(reference, choose_platform(index, impl_->options.platform, what));
    }
    Manifest manifest = parse_manifest(document.raw, document.media_type, what);
    manifest.digest = document.digest;
    return manifest;
}

std::optional<Descriptor> Client::head_manifest(const Reference& reference) {
    const std::string what = fmt::format("asking about '{}'", reference.to_string());
    Retry retry(impl_->http, what);
    while (true) {
        try {
            return described(
                impl_->api.send({reference}, {.method = Method::kHead,
                                              .path = "manifests/" + reference.manifest_key(),
                                              .headers = {std::string(kAcceptManifests)}}));
        } catch (const TransferError& error) {
            if (error.retryable() == Retryable::kNo) return std::nullopt;
            retry.pause_or_throw(error);
        }
    }
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
    fetch_blob(reference, descriptor, sink, {0, Hasher(descriptor.digest.algorithm())});
}

void Client::fetch_blob(const Reference& reference, const Descriptor& descriptor,
                        const BlobSink& sink, BlobStart start) {
    const std::string what =
        fmt::format("{}: blob {}", pulling(reference), descriptor.digest.to_string());
    BlobTransfer transfer(descriptor, sink, what, std::move(start));
    if (transfer.received() == descriptor.size && descriptor.size > 0) return transfer.verify();
    Retry retry(impl_->http, what);
    std::int64_t before = transfer.received();
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

std::vector<std::string> Client::list_tags(const Reference& reference) {
    const std::string what =
        fmt::format("listing the tags of '{}/{}'", reference.registry, reference.repository);
    TagList list(what);
    while (!list.complete())
        impl_->with_retries(what, [&] { list.fetch_page(impl_->api, reference); });
    return list.take();
}

}  // namespace mincs::registry
