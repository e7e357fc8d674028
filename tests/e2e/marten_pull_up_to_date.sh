#!/usr/bin/env bash
# as a user, too
# Pulling a tag that is here costs one HEAD while it means the same, and a digest costs nothing. A tag that has moved, another
# platform, or a store that lacks a part are pulled as ever.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_proxy "$REGISTRY"
requests() { grep -v ' /v2/ ' proxy/asked | awk '{print $1}' | sort | uniq -c | xargs; }

expect_status 0 marten pull "$PROXY/test/index" --platform linux/amd64
id=$out
rm proxy/asked
expect_status 0 marten pull "$PROXY/test/index" --platform linux/amd64
expect_eq "$out" "$id" "the ID"
expect_match "$err" "^marten: '$PROXY/test/index:latest' is up to date\$" "stderr"
expect_eq "$(requests)" "1 HEAD" "what was asked"

rm proxy/asked
expect_status 0 marten pull -q "$PROXY/test/index" --platform linux/arm64
[ "$out" != "$id" ] || fail "the same image for another platform"
grep -q '^GET .*/blobs/' proxy/asked

# Something of it is missing: it is fetched.
expect_status 0 marten pull -q "$PROXY/library/busybox"
layer=$(marten li --format json | tr -d ' \n' | grep -oE '"layers":\[[^]]*\]' | tail -n 1 | hex_digits)
mv "$MINCS_DIR/layers/$layer" gone
expect_status 0 marten pull -q "$PROXY/library/busybox"
[ -e "$MINCS_DIR/layers/$layer" ] || fail "the lost layer was not made again"

digest=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/library/busybox" | sha256sum | cut -d' ' -f1)
expect_status 0 marten pull -q "$PROXY/library/busybox@sha256:$digest"
rm proxy/asked
expect_status 0 marten pull -q "$PROXY/library/busybox@sha256:$digest"
[ ! -e proxy/asked ] || fail "asked for a digest that is here: $(cat proxy/asked)"
