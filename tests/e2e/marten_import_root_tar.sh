#!/usr/bin/env bash
# as a user, too
# The tar of a root becomes an image of one layer: the tar itself where layers may be compressed so, else packed
# again. It runs, and it can be pushed.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

export SOURCE_DATE_EPOCH=1700000000
tar -C "$BUSYBOX_ROOT" -cf root.tar .
gzip -k root.tar
xz -k -0 root.tar
zstd -q -k root.tar
diff_id=$(sha256sum <root.tar | cut -d' ' -f1)

for tar in root.tar root.tar.gz root.tar.zst root.tar.xz; do
    expect_status 0 marten import -q "$tar" mine
    expect_eq "$(ls "$MINCS_DIR/layers")" "$diff_id" "the layer of $tar"
    hex=$(sha256sum <"$tar" | cut -d' ' -f1)
    [ "$tar" = root.tar.xz ] || [ -e "$MINCS_DIR/blobs/sha256/$hex" ] || fail "$tar is not kept as it came"
    expect_whole_store
    [ -z "${id:-}" ] || expect_eq "$out" "$id" "the ID, whatever the tar came in"
    id=$out
    [ "$tar" = root.tar.xz ] || marten rmi mine >/dev/null
done
expect_status 0 minc --rm -r mine cat /etc/os-release
expect_eq "$out" NAME=busybox "a file of the image"
marten rmi mine >/dev/null

expect_status 0 marten import -q - piped:1 < <(cat root.tar.gz)
expect_eq "$out" "$id" "the ID of what came through a pipe"
start_own_registry
expect_status 0 marten push -q piped:1 "$OWN/piped:1"
skopeo copy -q --insecure-policy --src-tls-verify=false "docker://$OWN/piped:1" dir:back
cmp root.tar.gz "back/$(sha256sum <root.tar.gz | cut -d' ' -f1)"
