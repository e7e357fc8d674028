#!/usr/bin/env bash
# as a user, too
# What skopeo and podman write is imported: every format, every compression, from a file and from stdin. Names are
# the archive's, or the one that was given.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"
. "$TESTS/fixtures/trees.sh"

remote=docker://$REGISTRY/test/layers
id=$(skopeo inspect --raw --tls-verify=false "$remote" | grep -oE '"config":\{[^}]*"digest":"sha256:[0-9a-f]{64}' | hex_digits)
copy() { skopeo copy -q --insecure-policy --src-tls-verify=false "$remote" "$1"; }
copy docker-archive:docker.tar:quay.io/x/docker:1
copy oci-archive:oci.tar:v1
copy oci:layout:v1
gzip -k docker.tar
bzip2 -k docker.tar
xz -k -0 docker.tar
zstd -q -k docker.tar

# expect_import NAMES ARGUMENTS...: the one image, whole, with these names and no others
expect_import() {
    local names=$1
    shift
    expect_status 0 marten import -q "$@"
    expect_eq "$out" "$id" "the ID of '$*'"
    expect_eq "$(marten li --long | grep -v '^ID' | awk '{print $NF}' | sort | tr '\n' ' ')" "$names" "names after '$*'"
    expect_eq "$(ls "$MINCS_DIR/layers" | wc -l)" 3 "layers"
    [ -n "${quick:-}" ] || expect_whole_store
    quick=yes
    marten rmi $names >/dev/null
}

for archive in docker.tar docker.tar.gz docker.tar.bz2 docker.tar.xz docker.tar.zst; do
    expect_import 'quay.io/x/docker:1 ' "$archive"
done
expect_import 'localhost/mine:latest ' docker.tar mine
expect_import 'localhost/mine:2 ' oci.tar mine:2
expect_import 'localhost/mine:2 ' layout mine:2
expect_import 'localhost/mine:2 ' oci:layout:v1 mine:2
expect_import 'quay.io/x/docker:1 ' docker-archive:docker.tar:quay.io/x/docker:1
expect_import 'quay.io/x/docker:1 ' - <docker.tar
expect_import 'quay.io/x/docker:1 ' - < <(cat docker.tar)
expect_import 'quay.io/x/docker:1 ' - < <(cat docker.tar.xz)

expect_status 1 marten import docker-archive:docker.tar:other
expect_match "$err" "no image 'other' in it but 'quay.io/x/docker:1'" "a name that is not there"
expect_one_line_error marten

if command -v podman >/dev/null; then
    own_podman load -q -i docker.tar >/dev/null
    own_podman tag "$id" localhost/second:1
    own_podman save -q -m -o podman.tar quay.io/x/docker:1 localhost/second:1
    expect_import 'localhost/second:1 quay.io/x/docker:1 ' podman.tar
    # To write this form podman makes another config, and so another image.
    own_podman save -q --format oci-archive -o podman-oci.tar quay.io/x/docker:1
    id=$(tar -xOf podman-oci.tar "blobs/sha256/$(tar -xOf podman-oci.tar index.json | hex_digits)" |
        grep -oE '"config":\{[^}]*"digest":"sha256:[0-9a-f]{64}' | hex_digits)
    expect_import 'quay.io/x/docker:1 ' podman-oci.tar
fi
