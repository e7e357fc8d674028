// See client.hh; here: pushing.
#include "libcore/base/error.hh"
#include "libregistry/blob_upload.hh"
#include "libregistry/client_impl.hh"

namespace mincs::registry {
namespace {

std::string pushing(const Reference& reference) {
    return fmt::format("pushing '{}'", reference.to_string());
}

std::string pushing_blob(const Reference& reference, const Descriptor& descriptor) {
    return fmt::format("{}: blob {}", pushing(reference), descriptor.digest.to_string());
}

}  // namespace

bool Client::has_blob(const Reference& reference, const Descriptor& descriptor) {
    const Access access{impl_->options.registries->target(reference), true};
    return impl_->with_retries(pushing_blob(reference, descriptor), [&] {
        try {
            impl_->api.send(access, {.method = Method::kHead,
                                     .path = "blobs/" + descriptor.digest.to_string()});
            return true;
        } catch (const TransferError& error) {
            if (error.status() == 404) return false;
            throw;
        }
    });
}

PushedBlob Client::push_blob(const Reference& reference, const Descriptor& descriptor,
                             const BlobOpener& open, const std::string& mount_from) {
    if (has_blob(reference, descriptor)) return PushedBlob::kWasThere;
    const std::string what = pushing_blob(reference, descriptor);
    Access access{impl_->options.registries->target(reference), true,
                  mount_from == reference.repository ? "" : mount_from};
    BlobUpload upload(impl_->api, access, descriptor, open, impl_->options.limits.upload_part);
    Retry retry(impl_->http, what);
    std::int64_t before = 0;
    while (true) {
        try {
            return upload.attempt();
        } catch (const TransferError& error) {
            // A token server may refuse all where it would refuse reading the other repository:
            // nothing to mount.
            if (!std::exchange(access.mount_from, "").empty()) continue;
            retry.pause_or_throw(error, std::max<std::int64_t>(upload.sent() - before, 0));
            before = upload.sent();
        }
        // The last answer may be all that was lost.
        if (has_blob(reference, descriptor)) return PushedBlob::kUploaded;
    }
}

Digest Client::push_manifest(const Reference& reference, std::string_view raw,
                             std::string_view media_type) {
    const std::string what = pushing(reference);
    const Digest digest = Digest::of(
        raw, reference.digest ? reference.digest->algorithm() : DigestAlgorithm::kSha256);
    if (reference.digest && *reference.digest != digest)
        throw Error("{}: the manifest has the digest {}", what, digest.to_string());
    const RequestBody body{static_cast<std::int64_t>(raw.size()), [raw]() -> Pieces {
                               return [rest = raw]() mutable { return std::exchange(rest, {}); };
                           }};
    const Access access{impl_->options.registries->target(reference), true};
    const std::string key = reference.tag.empty() ? digest.to_string() : reference.tag;
    return impl_->with_retries(what, [&] {
        const HttpResponse response =
            impl_->api.send(access, {.method = Method::kPut,
                                     .path = "manifests/" + key,
                                     .headers = {fmt::format("Content-Type: {}", media_type)},
                                     .body = body});
        const std::string said = response.headers.get("docker-content-digest");
        if (!said.empty() && said != digest.to_string() &&
            digest.algorithm() == DigestAlgorithm::kSha256)
            throw Error("{}: sent the manifest {}, the registry says it got {}", what,
                        digest.to_string(), printable(said.substr(0, 200)));
        return digest;
    });
}

}  // namespace mincs::registry
