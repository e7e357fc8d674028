// See api_error.hh.
#include "libregistry/api_error.hh"

#include "libcore/base/json.hh"
#include "libregistry/retry_after.hh"

namespace mincs::registry {
namespace {

constexpr std::size_t kMaxText = 200;

std::string_view status_text(long status) {
    switch (status) {
        case 400:
            return "the registry does not understand the request";
        case 401:
            return "access denied";
        case 403:
            return "access denied";
        case 404:
            return "not found";
        case 416:
            return "the registry cannot send that part of it";
        case 429:
            return "too many requests";
        default:
            return status >= 500 ? "the registry has failed" : "unexpected answer";
    }
}

/// The first error's words in {"errors":[{"code","message"}]}, or a token server's {"details"}.
std::string server_text(std::string_view body) {
    try {
        const Json document = parse_json(body, "answer", {.bytes = 64u << 10, .depth = 16});
        if (!document.is_object()) return "";
        const auto errors = document.find("errors");
        if (errors == document.end() || !errors->is_array() || errors->empty())
            return json_string_if(document, "details", "answer").value_or("");
        const std::string message = json_string_if((*errors)[0], "message", "answer").value_or("");
        return message.empty() ? json_string_if((*errors)[0], "code", "answer").value_or("")
                               : message;
    } catch (const Error&) {
        return "";  // a proxy's HTML page, for example: our own words do
    }
}

/// At most kMaxText bytes, not ending inside a UTF-8 sequence.
std::string clipped(std::string text) {
    if (text.size() <= kMaxText) return printable(text);
    std::size_t end = kMaxText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return printable(std::string_view(text).substr(0, end)) + "…";
}

}  // namespace

TransferError status_error(const HttpResponse& response, std::string_view prefix) {
    const long status = response.status;
    // 416: a server that does not do ranges well; the blob is asked for whole next
    // (blob_transfer.cc).
    const bool again =
        status == 408 || status == 416 || status == 429 || (status >= 500 && status != 501);
    const std::string words = server_text(response.body);
    std::string text = clipped(words);
    if (text.empty()) text = status_text(status);
    text = fmt::format("{}{} (HTTP {})", prefix, text, status);
    std::optional<Wait> wait;
    if (again) wait = wanted_wait(response.headers, words);
    const std::string quota = status == 429 ? exhausted_quota(response.headers) : "";
    if (quota.empty())
        return TransferError(again ? Retryable::kYes : Retryable::kNo, text, wait, status);
    // To ask again would only cost what little there will be.
    if (wait) return TransferError(Retryable::kYes, text, wait, status);
    return TransferError(Retryable::kNo, fmt::format("{}; {}", text, quota), wait, status);
}

}  // namespace mincs::registry
