// See registry_target.hh. A source pushes its bytes and an upload pulls them: between them stand a
// thread and a bounded queue.
#include "libimage/registry_target.hh"

#include <atomic>
#include <exception>
#include <memory>
#include <thread>

#include "libcore/base/error.hh"
#include "libcore/layer/layer_apply.hh"
#include "libimage/documents.hh"

namespace mincs::image {
namespace {

constexpr std::size_t kQueueSize = 1u << 20;

/// A blob's bytes to be pulled. Its thread ends when it goes.
class PulledBlob {
 public:
    PulledBlob(Source& source, const Descriptor& descriptor)
        : queue_(kQueueSize), thread_([this, &source, &descriptor] { run(source, descriptor); }) {}
    PulledBlob(const PulledBlob&) = delete;
    ~PulledBlob() { stop(); }

    std::string_view pull() {
        try {
            return queue_.pull();
        } catch (const Error&) {
            stop();
            rethrow();
            throw;
        }
    }
    /// The source may be waiting for its own next piece before it notices.
    void stop() {
        stopped_ = true;
        queue_.fail("nobody wants more of it");
        if (thread_.joinable()) thread_.join();
    }
    /// What the source failed with, with its hint; after stop().
    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

 private:
    void run(Source& source, const Descriptor& descriptor) noexcept {
        try {
            source.fetch_blob(descriptor, [this](std::string_view piece) { queue_.push(piece); });
            queue_.close();
        } catch (...) {
            if (!stopped_) failure_ = std::current_exception();
            queue_.fail("the source failed");
        }
    }

    layer::ByteQueue queue_;
    std::atomic<bool> stopped_ = false;
    std::exception_ptr failure_;
    std::thread thread_;  // last: it uses the rest
};

/// Layers that their licence keeps out of registries (image-spec layer.md, "Non-Distributable").
bool is_not_distributable(const Descriptor& descriptor) {
    const std::string& type = descriptor.media_type;
    return !descriptor.urls.empty() &&
           (type.starts_with("application/vnd.oci.image.layer.nondistributable.") ||
            type.starts_with("application/vnd.docker.image.rootfs.foreign."));
}

}  // namespace

RegistryTarget::RegistryTarget(registry::Client& client, registry::Reference reference,
                               MountFrom mount_from)
    : client_(client),
      reference_(std::move(reference)),
      mount_from_(std::move(mount_from)),
      name_("'" + reference_.to_string() + "'") {}

BlobOutcome RegistryTarget::put_blob(Source& source, const Descriptor& descriptor) {
    if (is_not_distributable(descriptor)) return BlobOutcome::kLeftOut;
    std::shared_ptr<PulledBlob> blob;
    const registry::BlobOpener open = [&]() -> registry::BlobPieces {
        blob.reset();  // an earlier attempt's
        blob = std::make_shared<PulledBlob>(source, descriptor);
        return [blob] { return blob->pull(); };
    };
    try {
        switch (client_.push_blob(reference_, descriptor, open, mount_from_(descriptor))) {
            case registry::PushedBlob::kWasThere:
                return BlobOutcome::kWasThere;
            case registry::PushedBlob::kMounted:
                return BlobOutcome::kMounted;
            case registry::PushedBlob::kUploaded:
                break;
        }
        return BlobOutcome::kCopied;
    } catch (const Error&) {
        // A blob that was wrong at its source is refused by the registry, but the source knows
        // better why.
        if (blob) {
            blob->stop();
            blob->rethrow();
        }
        throw;
    }
}

void RegistryTarget::put_document(const Document& document, const std::vector<std::string>&,
                                  bool is_root) {
    registry::Reference reference = reference_;
    if (!is_root) {
        reference.tag.clear();
        reference.digest = document.digest;
    }
    client_.push_manifest(reference, document.raw, media_type_of(document, name_));
}

}  // namespace mincs::image
