#!/usr/bin/env bash
# as a user, too
# registries.conf: a mirror is asked first and the registry where the mirror cannot help, names stay what they are;
# short names, other locations, blocked places, and plain HTTP where it is allowed.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

start_registry mirror
mirror=$address
fill_registry --dest-tls-verify=false
export CONTAINERS_REGISTRIES_CONF=$SCRATCH/registries.conf no_proxy=localhost,127.0.0.1
# "*.localhost" is this machine for libcurl, but no loopback address for marten: plain HTTP needs "insecure".
there=registry.localhost:${REGISTRY#*:}
conf() {
    cat >"$CONTAINERS_REGISTRIES_CONF" <<CONF
[[registry]]
prefix = "images.example"
location = "$there"
insecure = true
[[registry.mirror]]
location = "$mirror"

[[registry]]
location = "blocked.example"
blocked = true

[aliases]
"layers" = "images.example/test/layers"
CONF
}
conf

expect_status 1 marten pull -q "$there/library/busybox"
expect_one_line_error marten
expect_status 0 marten pull -q layers
expect_eq "$(marten li --format '{name}')" images.example/test/layers:latest "the name of the image"
[ "$(requests mirror 'GET /v2/test/layers/blobs')" -gt 2 ] || fail "the blobs did not come from the mirror"

# What the mirror lacks comes from the registry.
expect_status 0 marten pull -q images.example/test/zstd
[ "$(requests mirror 'GET /v2/test/zstd/manifests/latest.* 404')" = 1 ] || fail "the mirror was not asked once"
[ "$(requests mirror 'GET /v2/test/zstd/blobs')" = 0 ] || fail "the mirror was asked for what it does not have"

# A blob that the mirror has lost comes from there, too.
marten rmi layers >/dev/null
rm -r "$SCRATCH"/mirror/storage/docker/registry/v2/blobs/sha256/*/"$(skopeo inspect --raw --tls-verify=false \
    "docker://$REGISTRY/test/layers" | tr '{' '\n' | sed -n 's/.*layer.*sha256:\([0-9a-f]*\).*/\1/p' | head -1)"
expect_status 0 marten pull -q layers

# A mirror that is gone.
marten rmi layers >/dev/null
"$SOURCE_TREE/scripts/local-registry" stop "$SCRATCH/mirror"
expect_status 0 marten pull -q layers
expect_status 1 marten pull -q images.example/no/such
expect_one_line_error marten
expect_match "$err" "manifest unknown.*; its mirror '$mirror': connecting to '$mirror': Connection refused" "both are told"

expect_status 1 marten pull -q blocked.example/app
expect_match "$err" "'blocked.example/app:latest' is blocked by '$CONTAINERS_REGISTRIES_CONF'" "a blocked place"
sed -i '1i unqualified-search-registries = ["a.example", "b.example"]' "$CONTAINERS_REGISTRIES_CONF"
expect_status 2 marten pull -q app
expect_match "$err" "hint: write the whole name: a.example/app, b.example/app" "an ambiguous name"
echo '[[registry]' >"$CONTAINERS_REGISTRIES_CONF"
expect_status 1 marten pull -q app
expect_one_line_error marten
