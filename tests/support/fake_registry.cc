// See fake_registry.hh.
#include "tests/support/fake_registry.hh"

#include <cstdio>

#include "libcore/base/digest.hh"

namespace mincs::test {
namespace {

/// The part a closed range asks for.
HttpServerReply part_of(const std::string& body, const std::string& range) {
    std::size_t first = 0;
    std::size_t last = 0;
    if (std::sscanf(range.c_str(), "bytes=%zu-%zu", &first, &last) != 2 || first > last ||
        last >= body.size())
        return {.status = 416};
    return {.status = 206,
            .headers = {fmt::format("Content-Range: bytes {}-{}/{}", first, last, body.size())},
            .body = body.substr(first, last - first + 1)};
}

std::string descriptor(const std::string& type, std::string_view data) {
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", type,
                       Digest::of(data).to_string(), data.size());
}

}  // namespace

FakeRegistry::FakeRegistry()
    : server_([this](const HttpServerRequest& request) { return answer(request); }) {}

void FakeRegistry::set_hook(Hook hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
}

std::string FakeRegistry::add_blob(const std::string& repository, std::string_view data) {
    const std::string digest = Digest::of(data).to_string();
    const std::lock_guard lock(mutex_);
    pages_[blob_path(repository, digest)] = {"application/octet-stream", std::string(data)};
    return digest;
}

std::string FakeRegistry::add_manifest(const std::string& repository, const std::string& tag,
                                       std::string_view raw, const std::string& media_type) {
    const std::string digest = Digest::of(raw).to_string();
    const std::lock_guard lock(mutex_);
    for (const std::string& key : {tag, digest})
        pages_[manifest_path(repository, key)] = {media_type, std::string(raw)};
    return digest;
}

std::string FakeRegistry::add_image(const std::string& repository, const std::string& tag,
                                    const std::vector<std::string>& layers) {
    const std::string type = "application/vnd.oci.image.manifest.v1+json";
    std::string list;
    for (const std::string& layer : layers) {
        add_blob(repository, layer);
        list += (list.empty() ? "" : ",") +
                descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer);
    }
    add_blob(repository, "{}");
    const std::string raw =
        fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}})", type,
                    descriptor("application/vnd.oci.image.config.v1+json", "{}"), list);
    return add_manifest(repository, tag, raw, type);
}

HttpServerReply FakeRegistry::answer(const HttpServerRequest& request) {
    Hook hook;
    {
        const std::lock_guard lock(mutex_);
        hook = hook_;
    }
    if (hook)
        if (const std::optional<HttpServerReply> replaced = hook(request)) return *replaced;
    const std::lock_guard lock(mutex_);
    if (request.path() == "/v2/") return {};
    const auto page = pages_.find(request.path());
    if (page == pages_.end())
        return {.status = 404,
                .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})"};
    const std::string range = request.header("range");
    if (!range.empty()) return part_of(page->second.body, range);
    return {.headers = {"Content-Type: " + page->second.media_type}, .body = page->second.body};
}

}  // namespace mincs::test
