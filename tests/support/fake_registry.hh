// A registry in memory that speaks as much of the distribution API as pull and push need, and whose
// every answer a test may replace by a worse one. For what a well-behaved registry does, tests use
// the real docker-registry.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/http_server.hh"

namespace mincs::test {

class FakeRegistry {
 public:
    /// Asked before the stored pages; nothing: answer as usual. Called from several threads.
    using Hook = std::function<std::optional<HttpServerReply>(const HttpServerRequest&)>;

    FakeRegistry();

    /// Each returns the digest, "sha256:...".
    std::string add_blob(const std::string& repository, std::string_view data);
    std::string add_manifest(const std::string& repository, const std::string& tag,
                             std::string_view raw, const std::string& media_type);
    /// A linux image whose config is {} and whose layers are these bytes.
    std::string add_image(const std::string& repository, const std::string& tag,
                          const std::vector<std::string>& layers);

    void set_hook(Hook hook);
    /// What stands at a path, empty where nothing does.
    std::string page(const std::string& path) const;
    /// Adds to the upload of that number (or the next one) as a PATCH would, for hooks that take
    /// half of it.
    void add_to_upload(int number, std::string_view data);

    HttpServer& server() { return server_; }
    /// "127.0.0.1:PORT/REPOSITORY"
    std::string name(const std::string& repository) const {
        return server_.authority() + "/" + repository;
    }

    static std::string manifest_path(const std::string& repository, const std::string& key) {
        return "/v2/" + repository + "/manifests/" + key;
    }
    static std::string blob_path(const std::string& repository, const std::string& digest) {
        return "/v2/" + repository + "/blobs/" + digest;
    }

 private:
    struct Page {
        std::string media_type;
        std::string body;
    };

    HttpServerReply answer(const HttpServerRequest& request);
    HttpServerReply read(const HttpServerRequest& request);
    HttpServerReply tags(const std::string& repository) const;
    HttpServerReply start_upload(const HttpServerRequest& request, const std::string& repository);
    HttpServerReply go_on_with_upload(const HttpServerRequest& request,
                                      const std::string& repository);
    HttpServerReply upload_state(int status, const std::string& repository, int number) const;

    mutable std::mutex mutex_;
    Hook hook_;
    std::map<std::string, Page> pages_;
    std::vector<std::string> uploads_;
    HttpServer server_;  // last: its threads use the rest
};

}  // namespace mincs::test
