#!/usr/bin/env bash
# as a user with lent IDs, too
# An image from a registry runs; its container stays until it is removed, and goes with --rm.
. "$(dirname "$0")/lib.sh"

image=$REGISTRY/library/debian
expect_status 0 marten pull -q "$image"
expect_status 0 minc --rm -r debian cat /etc/os-release
expect_match "$out" "ID=debian"
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left by --rm"

expect_status 0 minc --cidfile id -r debian sh -c 'echo kept >/kept'
id=$(cat id)
expect_match "$id" '^[0-9a-f]{64}$' "the container's ID"
expect_status 0 minc -t "${id:0:12}" cat /kept
expect_eq "$out" "kept"
expect_status 0 minc --rm -r debian test ! -e /kept
expect_status 0 marten lc
expect_match "$out" "${id:0:12}" "marten lc"
expect_status 0 marten rm "$id"
expect_eq "$(ls "$MINCS_DIR/containers")" "" "containers left by marten rm"
