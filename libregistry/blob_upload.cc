// See blob_upload.hh.
#include "libregistry/blob_upload.hh"

#include <algorithm>

namespace mincs::registry {
namespace {

constexpr std::int64_t kLargestPart = std::int64_t{1} << 30;

/// Where the answer wants the next request (RFC 9110, section 10.2.2: absolute or relative).
Url location_of(const HttpResponse& response) {
    const std::string location = response.headers.get("location");
    if (location.empty())
        throw TransferError(Retryable::kNo, "the registry does not say where to send the blob to");
    return as_transfer_error([&] { return response.url.follow(location); });
}

/// "0-99" or, as some write it, "bytes=0-99": how many bytes from the start are there.
std::optional<std::int64_t> bytes_there(const HttpResponse& response) {
    const std::string header = response.headers.get("range");
    std::string_view range = header;
    if (range.starts_with("bytes=")) range.remove_prefix(6);
    if (!range.starts_with("0-")) return std::nullopt;
    const std::optional<std::int64_t> last = to_number(range.substr(2));
    if (!last) return std::nullopt;
    return *last + 1;
}

/// Statuses by which a registry may say that it does not take a blob this way.
bool refuses_the_way(long status) {
    return status == 400 || status == 404 || status == 405 || status == 411 || status == 413 ||
           status == 415 || status == 416 || status == 501;
}

}  // namespace

void BlobReader::seek(std::int64_t offset) {
    if (!pieces_ || offset < position_) {
        pieces_ = open_();
        piece_ = {};
        position_ = 0;
    }
    while (position_ < offset)
        if (read(offset - position_).empty())
            throw Error("what is to be sent ends after {} bytes", position_);
}

std::string_view BlobReader::read(std::int64_t limit) {
    if (piece_.empty()) piece_ = pieces_();
    const std::string_view taken = piece_.substr(0, static_cast<std::size_t>(limit));
    piece_.remove_prefix(taken.size());
    position_ += static_cast<std::int64_t>(taken.size());
    return taken;
}

RequestBody BlobUpload::body(std::int64_t offset, std::int64_t size) {
    return {size, [this, offset, size]() -> Pieces {
                reader_.seek(offset);
                return [this, left = size]() mutable {
                    const std::string_view piece = reader_.read(left);
                    left -= static_cast<std::int64_t>(piece.size());
                    return piece;
                };
            }};
}

/// Asks for a place to send the blob to; true where it was mounted instead.
bool BlobUpload::start() {
    std::string fields;
    if (!access_.mount_from.empty())
        fields = fmt::format("?mount={}&from={}", percent_encode(descriptor_.digest.to_string()),
                             percent_encode(access_.mount_from));
    else if (descriptor_.digest.algorithm() != DigestAlgorithm::kSha256)
        fields = fmt::format("?digest-algorithm={}", descriptor_.digest.algorithm_name());
    const HttpResponse response =
        api_.send(access_, {.method = Method::kPost, .path = "blobs/uploads/" + fields});
    if (response.status == 201) return true;
    location_ = location_of(response);
    offset_ = 0;
    unsure_ = false;
    if (const auto least = to_number(response.headers.get("oci-chunk-min-length")))
        part_ = std::clamp(*least, part_, kLargestPart);
    return false;
}

PushedBlob BlobUpload::attempt() {
    while (true) {
        try {
            return send_all();
        } catch (const TransferError& error) {
            if (!other_way(error)) throw;
        }
    }
}

/// Whether to begin again by the way that was not tried yet.
bool BlobUpload::other_way(const TransferError& error) {
    if (other_way_tried_ || !refuses_the_way(error.status())) return false;
    other_way_tried_ = true;
    way_ = way_ == Way::kWhole ? Way::kParts : Way::kWhole;
    restart();
    return true;
}

void BlobUpload::restart() {
    location_.reset();
    offset_ = 0;
    unsure_ = false;
}

PushedBlob BlobUpload::send_all() {
    if (unsure_) ask_where_it_stands();
    if (!location_ && start()) return PushedBlob::kMounted;
    if (way_ == Way::kWhole)
        send_whole();
    else
        send_parts();
    return PushedBlob::kUploaded;
}

/// A cut upload of the whole leaves a place that cannot be gone on with.
void BlobUpload::send_whole() {
    const Url place =
        location_->with_query("digest=" + percent_encode(descriptor_.digest.to_string()));
    location_.reset();
    api_.send_to(place, access_,
                 {.method = Method::kPut,
                  .headers = {"Content-Type: application/octet-stream"},
                  .body = body(0, descriptor_.size)});
    offset_ = descriptor_.size;
}

void BlobUpload::send_parts() {
    while (offset_ < descriptor_.size) send_part();
    finish();
}

void BlobUpload::send_part() {
    const std::int64_t size = std::min(part_, descriptor_.size - offset_);
    unsure_ = true;
    const HttpResponse response =
        api_.send_to(*location_, access_,
                     {.method = Method::kPatch,
                      .headers = {"Content-Type: application/octet-stream",
                                  fmt::format("Content-Range: {}-{}", offset_, offset_ + size - 1)},
                      .body = body(offset_, size)});
    const std::int64_t there = bytes_there(response).value_or(offset_ + size);
    if (there <= offset_ || there > offset_ + size)
        throw TransferError(
            Retryable::kYes,
            fmt::format("sent {} bytes, the registry says it has {}", offset_ + size, there));
    location_ = location_of(response);
    offset_ = there;
    unsure_ = false;
}

void BlobUpload::finish() {
    const Url place =
        location_->with_query("digest=" + percent_encode(descriptor_.digest.to_string()));
    unsure_ = true;
    api_.send_to(place, access_, {.method = Method::kPut});
}

/// After a cut. Where the registry cannot tell (distribution before 3.0 answers "0-0" or an error),
/// all is sent again.
void BlobUpload::ask_where_it_stands() {
    const Url place = *location_;
    const std::int64_t before = offset_;
    restart();
    try {
        const HttpResponse response = api_.send_to(place, access_, {});
        const std::int64_t there = bytes_there(response).value_or(0);
        if (there <= 1 || there < before || there > descriptor_.size) return;
        offset_ = there;
        location_ = response.headers.get("location").empty() ? place : location_of(response);
    } catch (const TransferError& error) {
        if (error.status() == 0 || error.retryable() != Retryable::kNo) {
            location_ = place;
            offset_ = before;
            unsure_ = true;
            throw;
        }
    }
}

}  // namespace mincs::registry
