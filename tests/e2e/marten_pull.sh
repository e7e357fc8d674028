#!/usr/bin/env bash
# as a user, too
# An image comes from a registry whole: its ID is its config's digest, blobs are kept byte for byte, files are those
# that were pushed. A second pull fetches nothing.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

expect_status 0 marten pull "$REGISTRY/library/busybox"
id=$out
expect_match "$id" '^[0-9a-f]{64}$' "what pull prints"
expect_match "$err" 'marten: [0-9a-f]{12} [0-9.]+ MiB done' "progress"
expected=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/library/busybox" |
    grep -oE '"config":\{[^}]*"digest":"sha256:[0-9a-f]{64}' | hex_digits)
expect_eq "$id" "$expected" "the image's ID"

expect_status 0 marten li
expect_match "$out" "ID +SIZE +NAME"$'\n'"${id:0:12}  1\.[0-9] MiB +$REGISTRY/library/busybox:latest" "li"
expect_status 0 marten images --long
expect_match "$out" "$id .*$REGISTRY/library/busybox:latest" "li --long"

layer=$(ls "$MINCS_DIR/layers")
expect_eq "$(list_tree "$MINCS_DIR/layers/$layer" without-times)" "$(list_tree "$BUSYBOX_ROOT" without-times)" \
    "the layer's files"
expect_whole_store

expect_status 0 marten pull "$REGISTRY/library/busybox"
expect_eq "$out" "$id" "the ID of the second pull"
expect_match "$err" "is up to date\$" "stderr of the second pull"
expect_status 0 marten pull "$REGISTRY/library/busybox@sha256:$(skopeo inspect --raw --tls-verify=false \
    "docker://$REGISTRY/library/busybox" | sha256sum | cut -d' ' -f1)"
expect_eq "$out" "$id" "the ID by another name"
expect_match "$err" 'already here' "progress of a pull of known layers"
expect_status 0 marten pull -q "$REGISTRY/library/busybox" "$REGISTRY/test/zstd"
expect_eq "$err" "" "stderr with -q"
expect_eq "$(wc -l <<<"$out")" 2 "IDs of two images"
expect_whole_store
