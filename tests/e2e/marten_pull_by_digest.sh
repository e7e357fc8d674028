#!/usr/bin/env bash
# as a user, too
# An image pinned by digest: what comes has that digest, it is found by that name, and no tag is made up.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

digest=sha256:$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/library/busybox" | sha256sum | cut -d' ' -f1)
expect_status 0 marten pull "$REGISTRY/library/busybox@$digest"
id=$out
expect_status 0 marten li --long
expect_match "$out" "$id .*$REGISTRY/library/busybox@$digest" "li --long"
expect_no_match "$out" "busybox:latest" "li --long"
expect_status 0 marten rmi "busybox@$digest"
expect_eq "$out" "$id" "what rmi prints"

wrong=sha256:$(printf wrong | sha256sum | cut -d' ' -f1)
expect_status 1 marten pull "$REGISTRY/library/busybox@$wrong"
expect_one_line_error marten
expect_status 2 marten pull "$REGISTRY/library/busybox@sha256:12"
expect_one_line_error marten
expect_whole_store
