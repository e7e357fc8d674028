// A client of the OCI distribution API (distribution-spec, "Pulling"): finds an image's manifest,
// fetches its blobs, answering a registry's 401 with a token or a password on the way. Every byte
// it hands out belongs to a digest that is checked while it streams.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libregistry/limits.hh"
#include "libregistry/manifest.hh"
#include "libregistry/reference.hh"

namespace mincs::registry {

struct ClientOptions {
    Platform platform = Platform::host();
    /// Credentials are looked up here when a registry asks; empty: the usual auth.json and docker
    /// config.
    std::string auth_file;
    /// Set by a signal handler or another thread to make running transfers stop with Error.
    const std::atomic<bool>* cancelled = nullptr;
    NetworkLimits limits = {};
};

/// Receives a blob's bytes in order. May throw to stop the transfer.
using BlobSink = std::function<void(std::string_view)>;

/// Thread-safe: several threads may fetch blobs of one image at once.
class Client {
 public:
    explicit Client(ClientOptions options);
    ~Client();
    Client(const Client&) = delete;

    /// The image manifest for the client's platform; an index on the way is followed. A pinned
    /// digest is checked.
    Manifest fetch_manifest(const Reference& reference);
    /// A small blob (a config), whole; digest and size checked; 4 MiB at most.
    std::string fetch_small_blob(const Reference& reference, const Descriptor& descriptor);
    /// Streams a blob. Throws Error where digest or size differ, after the sink has seen the bytes:
    /// whoever keeps them must throw them away then. A cut connection is resumed from where it
    /// broke.
    void fetch_blob(const Reference& reference, const Descriptor& descriptor, const BlobSink& sink);

 private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mincs::registry
