#!/usr/bin/env bash
# as a user, too
# Of an index marten takes this machine's image, another one on demand, and lists what there is if none fits.
. "$(dirname "$0")/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip "the image is for x86-64"

expect_status 0 marten pull -q "$REGISTRY/test/index"
amd64=$out
expect_status 0 minc --rm -r "$REGISTRY/test/index" cat /etc/os-release
expect_eq "$out" NAME=busybox
expect_status 0 marten pull -q --platform linux/arm64 "$REGISTRY/test/index"
[ "$out" != "$amd64" ] || fail "both platforms are the same image"
expect_status 1 marten pull -q --platform linux/s390x "$REGISTRY/test/index"
expect_one_line_error marten
expect_match "$err" "linux/arm64" "lists what there is"
expect_status 0 marten pull -q "$REGISTRY/test/zstd"
expect_status 0 minc --rm -r "$REGISTRY/test/zstd" cat /more
expect_eq "$out" more "a zstd and an uncompressed layer"

# Where no index led to the manifest, the image is what it is, and that is said.
run marten pull -q --platform linux/arm64 "$REGISTRY/library/busybox"
expect_eq "$status" 0 "status"
expect_match "$err" "is for linux/amd64 and not for linux/arm64" "the warning"
