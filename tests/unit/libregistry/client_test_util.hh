// What the tests of the registry client share: quick limits, and one-line ways to fetch and to read
// an error.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libcore/base/error.hh"
#include "libregistry/client.hh"
#include "libregistry/url.hh"
#include "tests/support/error_of.hh"
#include "tests/support/fake_registry.hh"

namespace mincs::registry {

using test::error_of;
using test::FakeRegistry;
using test::HttpServer;
using test::HttpServerReply;
using test::HttpServerRequest;
using testing::HasSubstr;

/// Pauses of milliseconds, and no credentials but those a test names.
inline ClientOptions quick_options(const std::string& auth_file = "/nonexistent/auth.json") {
    ClientOptions options;
    options.platform = Platform::parse("linux/amd64");
    options.auth_file = auth_file;
    options.registries = std::make_shared<const RegistriesConf>();
    options.certificate_directories = {};
    options.limits.first_pause = std::chrono::milliseconds(2);
    options.limits.longest_pause = std::chrono::milliseconds(1500);
    options.limits.longest_total = std::chrono::milliseconds(3000);
    options.limits.stall_window = std::chrono::milliseconds(700);
    options.limits.stall_bytes = 1024;
    return options;
}

/// Bytes that are never the same at two places.
inline std::string sample(std::size_t size) {
    std::string data;
    for (std::size_t i = 0; data.size() < size; ++i) data += std::to_string(i) + ",";
    data.resize(size);
    return data;
}

inline Descriptor descriptor_of(std::string_view data) {
    Descriptor descriptor;
    descriptor.digest = Digest::of(data);
    descriptor.size = static_cast<std::int64_t>(data.size());
    return descriptor;
}

inline std::string fetch(Client& client, const Reference& reference, const Descriptor& descriptor) {
    std::string blob;
    client.fetch_blob(reference, descriptor, [&](std::string_view data) { blob += data; });
    return blob;
}

}  // namespace mincs::registry
