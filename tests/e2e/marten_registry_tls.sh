#!/usr/bin/env bash
# as a user with lent IDs, too
# Registries over TLS: one whose authority nobody knows is refused until certs.d has its certificate, client certificates
# come from there, too, HTTP/2 is spoken, and what registries.conf calls insecure needs none of it.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"

make_key ca /CN=authority
make_certificate server ca /CN=registry
make_certificate client ca /CN=ann
start_registry secure $(tls_settings server)
fill_registry --dest-tls-verify=false
certificates=$HOME/.config/containers/certs.d/$address

expect_status 1 marten pull -q "$address/library/busybox"
expect_one_line_error marten
expect_match "$err" "connecting to '$address': SSL certificate problem" "an unknown authority"
expect_match "$err" "hint: .*certs.d/$address/ca.crt" "the hint"

mkdir -p "$certificates"
cp "$SCRATCH/ca.crt" "$certificates/"
expect_status 0 marten pull -q "$address/test/layers"
expect_status 0 marten push -q test/layers "$address/new/app:1"
[ "$(requests secure '"GET /v2/test/layers/manifests/latest HTTP/2.0" 200')" = 1 ] || fail "HTTP/2 was not spoken"
[ "$(requests secure '"PUT /v2/new/app/manifests/1 HTTP/2.0" 201')" = 1 ] || fail "HTTP/2 was not spoken in a push"

# Another host's certificate does not serve.
expect_status 1 marten tags "$(sed s/127.0.0.1/127.0.0.2/ <<<"$address")/library/busybox"
expect_one_line_error marten

# A registry that wants to know who comes.
start_registry known $(tls_settings server) "REGISTRY_HTTP_TLS_CLIENTCAS=[$SCRATCH/ca.crt]"
certificates=$HOME/.config/containers/certs.d/$address
mkdir "$certificates"
cp "$SCRATCH/ca.crt" "$certificates/"
expect_status 1 marten tags "$address/library/busybox"
expect_one_line_error marten
# The server's own word for it, an alert, may be overtaken by the end of the connection: the hint is said either way.
expect_match "$err" "hint: .*client certificate.*/certs.d/$address/" "no certificate of ours"
cp "$SCRATCH/client.crt" "$certificates/me.cert"
expect_status 1 marten tags "$address/library/busybox"
expect_match "$err" "'$certificates/me.cert' has no 'me.key' beside it" "half a pair"
cp "$SCRATCH/client.key" "$certificates/me.key"
give "$certificates"
expect_status 1 marten tags "$address/library/busybox"
expect_match "$err" 'repository name not known' "with our certificate"

# insecure = true
rm -r "$HOME/.config"
start_registry secure $(tls_settings server) # again, on the same port
printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$address" >"$SCRATCH/registries.conf"
export CONTAINERS_REGISTRIES_CONF=$SCRATCH/registries.conf
expect_status 0 marten tags "$address/test/layers"
expect_eq "$out" latest "tags"
