// One blob on its way to a registry (distribution-spec, "Pushing Blobs"): as a whole, or in parts
// where it is big, so that a cut costs one part. A registry that refuses one way is tried by the
// other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "libregistry/api.hh"
#include "libregistry/client.hh"

namespace mincs::registry {

/// Reads a blob from any offset on; going forward from where it is costs nothing.
class BlobReader {
 public:
    explicit BlobReader(const BlobOpener& open) : open_(open) {}
    void seek(std::int64_t offset);
    /// At most `limit` bytes, not empty but at the end; valid until the next call.
    std::string_view read(std::int64_t limit);

 private:
    const BlobOpener& open_;
    BlobPieces pieces_;
    std::string_view piece_;
    std::int64_t position_ = 0;
};

class BlobUpload {
 public:
    /// All must outlive the upload. `access` is for pushing; `what` begins errors.
    BlobUpload(Api& api, const Access& access, const Descriptor& descriptor, const BlobOpener& open,
               std::int64_t part)
        : api_(api), access_(access), descriptor_(descriptor), reader_(open), part_(part) {}

    /// Has it mounted from `access.mount_from`, or sends what is missing. Returns once the registry
    /// has the blob; throws TransferError where that is to be tried again (call again) or hopeless.
    PushedBlob attempt();
    /// Bytes the registry is known to have.
    std::int64_t sent() const { return offset_; }

 private:
    enum class Way { kWhole, kParts };

    bool start();
    PushedBlob send_all();
    void send_whole();
    void send_parts();
    void send_part();
    void finish();
    void ask_where_it_stands();
    bool other_way(const TransferError& error);
    void restart();
    RequestBody body(std::int64_t offset, std::int64_t size);

    Api& api_;
    const Access& access_;
    const Descriptor& descriptor_;
    BlobReader reader_;
    std::int64_t part_;
    Way way_ = descriptor_.size > 2 * part_ ? Way::kParts : Way::kWhole;
    bool other_way_tried_ = false;
    std::optional<Url> location_;
    std::int64_t offset_ = 0;
    bool unsure_ = false;  ///< a part was cut: only the registry knows what it has
};

}  // namespace mincs::registry
