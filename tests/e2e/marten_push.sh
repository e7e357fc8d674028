#!/usr/bin/env bash
# as a user, too
# An image goes to a registry as it came: its digest is printed, what is there is not sent again, and what is damaged
# here is not sent at all.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
marten pull -q "$REGISTRY/test/layers" >/dev/null
digest=sha256:$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/test/layers" | sha256sum | cut -d' ' -f1)

expect_status 0 marten push test/layers "$OWN/a/b:1"
expect_eq "$out" "$digest" "what push prints"
expect_match "$err" 'marten: [0-9a-f]{12} [0-9.]+ [KM]iB done' "progress"
expect_eq "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$OWN/a/b:1")" "$digest" "what skopeo finds"
expect_status 0 marten push -q test/layers "$OWN/a/b:2"
expect_eq "$err" "" "stderr with -q"
expect_status 0 marten push test/layers "$OWN/a/b:1"
expect_match "$err" 'already there' "progress of the second push"
expect_no_match "$err" ' done' "progress of the second push"

# The image's own name is where it goes by default. What another of its repositories has is mounted from there.
marten tag test/layers "$OWN/a/b:1"
marten tag test/layers "$OWN/c/d:1"
expect_status 0 marten push "$OWN/c/d:1"
expect_match "$err" 'mounted' "progress"
expect_no_match "$err" ' done' "blobs that were sent although they could be mounted"
expect_eq "$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$OWN/c/d:1")" "$digest" "the mounted image"

marten tag test/layers mine
expect_status 1 marten push mine
expect_one_line_error marten
expect_match "$err" "'localhost/' marks names given here" "a name that is no registry's"
expect_status 1 marten push "$(marten li --format json | hex_digits | head -1)"
expect_match "$err" 'several names' "an ID that has several"
expect_status 1 marten push nothing
expect_one_line_error marten

# What the disk has spoilt does not go out.
blob=$(find "$MINCS_DIR/blobs" -size +100k)
printf X | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
expect_status 1 marten push -q test/layers "localhost:${OWN#*:}/spoilt:1" # a name from which nothing is mounted
expect_one_line_error marten
expect_match "$err" "'test/layers' in the store: blob sha256:[0-9a-f]+ is damaged" "the error"
expect_match "$err" "hint: 'marten verify --repair'" "the hint"
expect_status 1 marten save -o spoilt.tar test/layers
expect_match "$err" "hint: 'marten verify --repair'" "the hint of save"
[ ! -e spoilt.tar ] || fail "a damaged image was saved"
