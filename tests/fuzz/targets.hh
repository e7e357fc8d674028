// What strangers' bytes reach first, as plain functions: each takes any bytes and must neither
// crash, hang, nor take memory without bound; an Error is the right answer to most. A libFuzzer
// build calls one of them without end (scripts/test-fuzz), an ordinary build each with its corpus
// (replay.cc).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mincs::fuzz {

/// An image's name, and a place as copy takes it.
int fuzz_reference(const std::uint8_t* data, std::size_t size);
/// A WWW-Authenticate header.
int fuzz_challenge(const std::uint8_t* data, std::size_t size);
/// A manifest, an index, an image's configuration.
int fuzz_document(const std::uint8_t* data, std::size_t size);
/// A layer, compressed or not, unpacked into a directory and compared with it. Its tar's checksums
/// are made right first, as a fuzzer would never hit them.
int fuzz_layer(const std::uint8_t* data, std::size_t size);
/// An archive of images: docker's, or an OCI layout's, or the tar of a root.
int fuzz_archive(const std::uint8_t* data, std::size_t size);

}  // namespace mincs::fuzz
