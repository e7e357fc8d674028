// See blob_transfer.hh.
#include "libregistry/blob_transfer.hh"

#include "libregistry/api_error.hh"

#include <algorithm>
#include <optional>

namespace mincs::registry {
namespace {

struct ContentRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::optional<std::int64_t> total;
};

/// "bytes 0-99/1000" or "bytes 0-99/*" (RFC 9110, section 14.4).
std::optional<ContentRange> parse_content_range(std::string_view value) {
    constexpr std::string_view unit = "bytes ";
    const std::size_t dash = value.find('-');
    const std::size_t slash = value.find('/');
    if (!value.starts_with(unit) || dash == std::string_view::npos ||
        slash == std::string_view::npos || slash < dash)
        return std::nullopt;
    const auto first = to_number(value.substr(unit.size(), dash - unit.size()));
    const auto last = to_number(value.substr(dash + 1, slash - dash - 1));
    const std::string_view total = value.substr(slash + 1);
    if (!first || !last || (total != "*" && !to_number(total))) return std::nullopt;
    return ContentRange{*first, *last, to_number(total)};
}

void fetch_url(HttpClient& http, const Url& url, const std::vector<std::string>& headers,
               const BodyReceiver& receiver) {
    HttpRequest request;
    request.url = url;
    request.headers = headers;
    const HttpResponse response = http.fetch(request, &receiver);
    if (response.status != 200 && response.status != 206) throw status_error(response);
}

}  // namespace

void BlobTransfer::attempt(Api& api, HttpClient& http, const BlobPlace& place) {
    std::vector<std::string> headers = {"Accept: */*"};
    if (&place != place_) part_failed_ = false;
    place_ = &place;
    // A closed range: some registries answer an open one ("N-") with 416 (go-containerregistry's
    // does).
    asked_part_ = received_ > 0 && !part_failed_;
    if (asked_part_)
        headers.push_back(fmt::format("Range: bytes={}-{}", received_, descriptor_.size - 1));
    part_failed_ = asked_part_;  // until bytes have come
    const BodyReceiver receiver{[this](const HttpResponse& response) { return accept(response); },
                                [this](std::string_view data) { take(data); }};
    if (place.url)
        fetch_url(http, *place.url, headers, receiver);
    else
        api.send({place.registry},
                 {.path = "blobs/" + descriptor_.digest.to_string(), .headers = headers},
                 &receiver);
    if (received_ < descriptor_.size)
        throw TransferError(Retryable::kYes, fmt::format("it ends after {} of {} bytes", received_,
                                                         descriptor_.size));
}

bool BlobTransfer::accept(const HttpResponse& response) {
    if (response.status == 200)
        accept_whole(response);
    else if (response.status == 206)
        accept_part(response);
    else
        return false;
    return true;
}

void BlobTransfer::accept_whole(const HttpResponse& response) {
    const std::string length = response.headers.get("content-length");
    if (const auto said = to_number(length); said && *said != descriptor_.size)
        throw TransferError(Retryable::kNo,
                            fmt::format("the registry sends {} bytes where the manifest says {}",
                                        *said, descriptor_.size));
    skip_ = received_;
}

void BlobTransfer::accept_part(const HttpResponse& response) {
    const std::string header = response.headers.get("content-range");
    const auto range = parse_content_range(header);
    if (!asked_part_ || !range || range->first != received_ || range->last >= descriptor_.size ||
        range->total.value_or(descriptor_.size) != descriptor_.size)
        throw TransferError(Retryable::kYes,
                            fmt::format("asked to go on at byte {}, the registry "
                                        "sends the part '{}'",
                                        received_, printable(header.substr(0, 80))));
    skip_ = 0;
}

void BlobTransfer::take(std::string_view data) {
    const std::int64_t here = std::min(skip_, static_cast<std::int64_t>(data.size()));
    data.remove_prefix(static_cast<std::size_t>(here));
    skip_ -= here;
    if (data.empty()) return;
    if (static_cast<std::int64_t>(data.size()) > descriptor_.size - received_)
        throw Error("{}: the registry sends more than the {} bytes the manifest says", what_,
                    descriptor_.size);
    hasher_.update(data);
    sink_(data);
    received_ += static_cast<std::int64_t>(data.size());
    part_failed_ = false;
}

void BlobTransfer::verify() {
    const Digest digest = hasher_.finish();
    if (digest != descriptor_.digest)
        throw Error("{}: what the registry sent has the digest {}", what_, digest.to_string());
}

}  // namespace mincs::registry
