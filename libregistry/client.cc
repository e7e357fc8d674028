// See client.hh; here: pulling. The retry loops live in the client; below, an exchange either
// succeeds or throws TransferError.
#include "libregistry/client.hh"

#include "libcore/base/error.hh"
#include "libregistry/client_impl.hh"
#include "libregistry/tag_list.hh"

namespace mincs::registry {
namespace {

/// Indexes may list indexes (image-index.md); more than this is a loop made to keep us busy.
constexpr int kMaxIndexes = 3;
constexpr std::int64_t kMaxSmallBlob = 4 << 20;

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

Reference Client::resolve(std::string_view typed) const {
    return impl_->options.registries->resolve(typed);
}

bool Client::check_login(const std::string& registry) {
    const Reference whole{registry, "", "", {}};
    const Access access{impl_->options.registries->target(whole)};
    return impl_->with_retries(fmt::format("logging in to '{}'", registry),
                               [&] { return impl_->api.knock(access); });
}

std::vector<Endpoint> Client::Impl::sources(const Reference& reference) {
    std::vector<Endpoint> places = options.registries->sources(reference);
    const std::lock_guard lock(mutex_);
    const auto known = working_.find(reference.to_string());
    if (known == working_.end()) return places;
    while (places.size() > 1 && places.front().reference.to_string() != known->second)
        places.erase(places.begin());
    return places;
}

void Client::Impl::works(const Reference& reference, const Endpoint& place) {
    const std::lock_guard lock(mutex_);
    working_[reference.to_string()] = place.reference.to_string();
}

std::string Client::Impl::mirror_failed(const Endpoint& place, const Error& error) {
    debug("the mirror '{}' does not help: {}", place.reference.to_string(), error.what());
    return fmt::format("; its mirror '{}': {}", place.reference.registry, error.what());
}

Error Client::Impl::with_earlier(const Error& error, const std::string& failures) {
    return Error("{}{}", error.what(), failures).with_hint(error.hint());
}

/// What the reference names, or another document of its repository by digest.
Document Client::Impl::fetch_document(const Reference& reference,
                                      const std::optional<Digest>& child) {
    const std::string what = pulling(reference);
    const std::optional<Digest>& wanted = child ? child : reference.digest;
    return from_sources(reference, what, [&](const Endpoint& place) {
        const std::string key = child ? child->to_string() : place.reference.manifest_key();
        HttpResponse response = api.send(
            {place}, {.path = "manifests/" + key, .headers = {std::string(kAcceptManifests)}});
        return checked_document(std::move(response), wanted, what);
    });
}

Document Client::fetch_document(const Reference& reference) {
    return impl_->fetch_document(reference, std::nullopt);
}

Document Client::fetch_document(const Reference& reference, const Descriptor& descriptor) {
    Document document = impl_->fetch_document(reference, descriptor.digest);
    if (static_cast<std::int64_t>(document.raw.size()) != descriptor.size)
        throw Error("{}: the manifest {} has {} bytes where the index says {}", pulling(reference),
                    descriptor.digest.to_string(), document.raw.size(), descriptor.size);
    return document;
}

Manifest Client::fetch_manifest(const Reference& reference) {
    return fetch_manifest(reference, fetch_document(reference));
}

Manifest Client::fetch_manifest(const Reference& reference, Document document) {
    const std::string what = pulling(reference);
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
    return impl_->from_sources(
        reference, what, [&](const Endpoint& place) -> std::optional<Descriptor> {
            const bool last = place.reference.to_string() ==
                              impl_->sources(reference).back().reference.to_string();
            try {
                return described(
                    impl_->api.send({place}, {.method = Method::kHead,
                                              .path = "manifests/" + place.reference.manifest_key(),
                                              .headers = {std::string(kAcceptManifests)}}));
            } catch (const TransferError& error) {
                if (last && error.retryable() == Retryable::kNo) return std::nullopt;
                throw;
            }
        });
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

std::vector<std::string> Client::list_tags(const Reference& reference) {
    const std::string what =
        fmt::format("listing the tags of '{}/{}'", reference.registry, reference.repository);
    TagList list(what);
    // Of the registry itself: a mirror need not have them all.
    const Endpoint place = impl_->options.registries->sources(reference).back();
    while (!list.complete()) impl_->with_retries(what, [&] { list.fetch_page(impl_->api, place); });
    return list.take();
}

}  // namespace mincs::registry
