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

/// %XX undone.
std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
    }
    return out;
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
    const std::string path = request.path();
    if (path == "/v2/") return {};
    const std::size_t upload = path.find("/blobs/uploads/");
    if (upload != std::string::npos) {
        const std::string repository = path.substr(4, upload - 4);
        return request.method == "POST" ? start_upload(request, repository)
                                        : go_on_with_upload(request, repository);
    }
    if (request.method == "PUT") {
        const std::string digest = Digest::of(request.body).to_string();
        const std::string parent = path.substr(0, path.rfind('/') + 1);
        pages_[path] = pages_[parent + digest] = {request.header("content-type"), request.body};
        return {.status = 201, .headers = {"Docker-Content-Digest: " + digest}};
    }
    if (path.ends_with("/tags/list")) return tags(path.substr(4, path.size() - 14));
    return read(request);
}

HttpServerReply FakeRegistry::read(const HttpServerRequest& request) {
    const auto page = pages_.find(request.path());
    if (page == pages_.end())
        return {.status = 404,
                .body = R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})"};
    const std::string range = request.header("range");
    if (!range.empty()) return part_of(page->second.body, range);
    return {.headers = {"Content-Type: " + page->second.media_type,
                        "Docker-Content-Digest: " + Digest::of(page->second.body).to_string()},
            .body = page->second.body};
}

HttpServerReply FakeRegistry::tags(const std::string& repository) const {
    const std::string prefix = manifest_path(repository, "");
    std::string list;
    for (const auto& [path, page] : pages_)
        if (path.starts_with(prefix) && path.find(':') == std::string::npos)
            list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", path.substr(prefix.size()));
    return {.body = fmt::format(R"({{"name":"{}","tags":[{}]}})", repository, list)};
}

/// "?mount=DIGEST&from=REPOSITORY", with %XX only in them.
HttpServerReply FakeRegistry::start_upload(const HttpServerRequest& request,
                                           const std::string& repository) {
    const std::string query = decoded(request.query());
    if (query.starts_with("mount=")) {
        const std::size_t from = query.find("&from=");
        const std::string digest = query.substr(6, from - 6);
        const auto page = pages_.find(blob_path(query.substr(from + 6), digest));
        if (page != pages_.end()) {
            pages_[blob_path(repository, digest)] = page->second;
            return {.status = 201};
        }
    }
    uploads_.emplace_back();
    return upload_state(202, repository, static_cast<int>(uploads_.size()) - 1);
}

HttpServerReply FakeRegistry::upload_state(int status, const std::string& repository,
                                           int number) const {
    const std::size_t size = uploads_[static_cast<std::size_t>(number)].size();
    return {.status = status,
            .headers = {
                fmt::format("Location: /v2/{}/blobs/uploads/{}?at={}", repository, number, size),
                fmt::format("Range: 0-{}", size > 0 ? size - 1 : 0)}};
}

HttpServerReply FakeRegistry::go_on_with_upload(const HttpServerRequest& request,
                                                const std::string& repository) {
    const std::string path = request.path();
    const int number = std::stoi(path.substr(path.rfind('/') + 1));
    if (number >= static_cast<int>(uploads_.size())) return {.status = 404};
    std::string& upload = uploads_[static_cast<std::size_t>(number)];
    if (request.method == "GET") return upload_state(204, repository, number);
    const std::string range = request.header("content-range");
    if (!range.empty() && !range.starts_with(fmt::format("{}-", upload.size())))
        return {.status = 416};
    upload += request.body;
    if (request.method == "PATCH") return upload_state(202, repository, number);
    const std::string query = decoded(request.query());
    const std::string digest = query.substr(query.rfind("digest=") + 7);
    if (Digest::of(upload, Digest::parse(digest).algorithm()).to_string() != digest)
        return {.status = 400, .body = R"({"errors":[{"message":"digest invalid"}]})"};
    pages_[blob_path(repository, digest)] = {"application/octet-stream", std::move(upload)};
    return {.status = 201};
}

std::string FakeRegistry::page(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = pages_.find(path);
    return found == pages_.end() ? "" : found->second.body;
}

void FakeRegistry::add_to_upload(int number, std::string_view data) {
    const std::lock_guard lock(mutex_);
    if (static_cast<std::size_t>(number) == uploads_.size()) uploads_.emplace_back();
    uploads_.at(static_cast<std::size_t>(number)) += data;
}

}  // namespace mincs::test
