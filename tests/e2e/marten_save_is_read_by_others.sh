#!/usr/bin/env bash
# as a user, too
# skopeo and podman read what marten saved, in each format, and find the image by its name.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"
. "$TESTS/fixtures/trees.sh"

name=$REGISTRY/test/layers:latest
marten pull -q "$name" "$REGISTRY/library/busybox" >/dev/null
manifest=$(skopeo inspect --raw --tls-verify=false "docker://$name" | sha256sum | cut -d' ' -f1)
for format in docker-archive oci-archive oci; do
    marten save -q -f "$format" -o "saved-$format" "$name"
done
skopeo copy -q --insecure-policy "docker-archive:saved-docker-archive:$name" dir:from-docker
skopeo copy -q --insecure-policy oci-archive:saved-oci-archive:latest dir:from-oci-archive
skopeo copy -q --insecure-policy oci:saved-oci:latest dir:from-oci
for copy in from-oci-archive from-oci; do
    expect_eq "$(sha256sum <"$copy/manifest.json" | cut -d' ' -f1)" "$manifest" "the manifest skopeo read $copy"
done
# A docker-archive has no manifest for skopeo; it makes one of the config and the layers' plain tars.
config=$(marten li --long --format json | tr -d ' \n' | grep -oE '"id":"[0-9a-f]{64}"' | hex_digits | grep -f <(ls from-docker))
expect_match "$config" '^[0-9a-f]{64}$' "the config skopeo found in the docker-archive"

# Two images, of which one has been given a second name.
marten tag "$name" mine:1
marten save -q -o both.tar mine:1 "$name" busybox
expect_eq "$(tar -xOf both.tar manifest.json | grep -o '"Config"' | wc -l)" 2 "images in the archive"
expect_match "$(tar -xOf both.tar manifest.json)" "\"RepoTags\":\[\"localhost/mine:1\",\"$name\"\]" "its names"

if command -v podman >/dev/null; then
    own_podman load -q -i both.tar >/dev/null
    own_podman images --noheading --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' >loaded
    expect_match "$(cat loaded)" "$config localhost/mine:1" "what podman loaded"
    expect_match "$(cat loaded)" "$REGISTRY/library/busybox:latest" "what podman loaded"
fi

run_in_terminal marten save -o - busybox >terminal && fail "an archive went to a terminal"
expect_match "$(cat terminal)" 'error: an archive is nothing for a terminal' "the refusal"
expect_status 2 marten save -f oci -o - busybox
expect_one_line_error marten
mkdir full && touch full/file
expect_status 1 marten save -f oci -o full busybox
expect_one_line_error marten
expect_eq "$(ls full)" file "a directory that is no layout"
