#!/usr/bin/env bash
# as a user, too
# li --layers shows what stands on what, and in which images: a layer once for each layer it stands on.
. "$(dirname "$0")/lib.sh"

expect_status 0 marten pull -q "$REGISTRY/library/busybox" "$REGISTRY/test/zstd" "$REGISTRY/test/layers"
expect_status 0 marten li --layers
expect_match "$out" '^LAYER +PARENT +SIZE +DISK +IMAGES' "the heading"
expect_status 0 marten li --layers --long --format '{layer} {parent} {images}'
expect_eq "$(wc -l <<<"$out")" 5 "layers: one shared, one upon it, three of another image"
shared=$(grep 'library/busybox:latest, .*test/zstd:latest' <<<"$out")
expect_match "$shared" '^[0-9a-f]{64} - ' "the shared layer stands on nothing"
expect_match "$out" "[0-9a-f]{64} ${shared:0:64} $REGISTRY/test/zstd:latest" "what stands on it"
expect_eq "$(marten li --layers --format json | grep -c '"parent": null')" 2 "lowest layers in JSON"
