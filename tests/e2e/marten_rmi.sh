#!/usr/bin/env bash
# as a user, too
# rmi takes one name of several, or the image with its last; an image that containers were made from stays, and the
# error names them; layers that others share stay.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

expect_status 0 marten pull -q "$REGISTRY/library/busybox" "$REGISTRY/test/zstd"
id=$(head -n 1 <<<"$out")
expect_status 0 marten tag busybox mine:1
expect_status 1 marten rmi "${id:0:12}"
expect_one_line_error marten
expect_match "$err" "$REGISTRY/library/busybox:latest, localhost/mine:1" "the error lists the names"
expect_status 0 marten rmi busybox
expect_eq "$out" "$REGISTRY/library/busybox:latest" "the name taken away"
expect_status 0 marten li --long
expect_match "$out" "$id .*localhost/mine:1" "li"

expect_status 0 minc -r mine:1 --name web true
expect_status 1 marten rmi mine:1
expect_one_line_error marten
expect_match "$err" "'web'" "the error names the container"
expect_status 0 marten rm web
expect_status 0 marten rmi mine:1
expect_eq "$out" "$id" "the image removed"
expect_whole_store
expect_eq "$(ls "$MINCS_DIR/layers" | wc -l)" 2 "layers of the other image"

expect_status 1 marten rmi mine:1
expect_one_line_error marten
expect_match "$err" "there is no image 'mine:1'" "the error"
