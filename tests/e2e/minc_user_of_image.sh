#!/usr/bin/env bash
# as a user with lent IDs, too
# An image's User, WorkingDir and Entrypoint are obeyed; options override them.
. "$(dirname "$0")/lib.sh"

expect_status 0 marten pull -q "$REGISTRY/test/layers"
expect_status 0 minc --rm -r "$REGISTRY/test/layers" changed
expect_eq "$out" upper "the image's entrypoint (cat) in its working directory"
expect_status 0 minc --rm --entrypoint '' -r "$REGISTRY/test/layers" sh -c 'id -u; pwd'
expect_eq "$out" $'1234\n/data'
expect_status 0 minc --rm --entrypoint /bin/echo --user 0 -w / -r "$REGISTRY/test/layers" hello
expect_eq "$out" hello
