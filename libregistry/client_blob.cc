// See client.hh; here: blobs, which may come piece by piece from several places.
#include "libcore/base/error.hh"
#include "libregistry/blob_transfer.hh"
#include "libregistry/client_impl.hh"

namespace mincs::registry {
namespace {

/// More URLs in a descriptor than anybody needs are there to keep us busy.
constexpr std::size_t kMaxUrls = 4;

/// Layers that may not be passed on (image-spec, layer.md, "Non-Distributable Layers"; docker's
/// "foreign").
bool is_foreign(const Descriptor& descriptor) {
    return descriptor.media_type.find(".nondistributable.") != std::string::npos ||
           descriptor.media_type.find(".foreign.") != std::string::npos;
}

/// Whoever made the image chose these; the digest is what makes it safe to ask there.
std::vector<Url> foreign_urls(const Descriptor& descriptor, const std::string& what) {
    std::vector<Url> urls;
    if (!is_foreign(descriptor)) return urls;
    for (const std::string& text : descriptor.urls) {
        if (urls.size() == kMaxUrls) break;
        try {
            urls.push_back(Url::parse(text));
        } catch (const Error& error) {
            throw Error("{}: {}", what, error.what());
        }
    }
    return urls;
}

}  // namespace

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
    std::vector<BlobPlace> places;
    for (Endpoint& place : impl_->sources(reference)) places.push_back({std::move(place), {}});
    for (Url& url : foreign_urls(descriptor, what)) places.push_back({{}, std::move(url)});

    Retry retry(impl_->http, what);
    std::string failures;
    std::int64_t before = transfer.received();
    for (std::size_t at = 0;;) {
        try {
            transfer.attempt(impl_->api, impl_->http, places[at]);
            return transfer.verify();
        } catch (const TransferError& error) {
            // All there, but the server did not end as it should: the digest decides.
            if (transfer.received() == descriptor.size && descriptor.size > 0)
                return transfer.verify();
            const std::int64_t gained =
                transfer.received() - std::exchange(before, transfer.received());
            impl_->http.check_cancelled();
            if (gained == 0 && at + 1 < places.size()) {
                failures += fmt::format("; '{}': {}", places[at].name(), error.what());
                debug("{}: '{}' does not help: {}", what, places[at].name(), error.what());
                ++at;
                continue;
            }
            try {
                retry.pause_or_throw(error, gained);
            } catch (const Error& final) {
                throw Impl::with_earlier(final, failures);
            }
        }
    }
}

}  // namespace mincs::registry
