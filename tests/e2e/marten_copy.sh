#!/usr/bin/env bash
# as a user, too
# Images are copied between registries, layouts and archives without unpacking, an index whole or one platform of
# it, and arrive with the digests they had.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

raw() { skopeo inspect --raw --tls-verify=false "docker://$1" | sha256sum | cut -d' ' -f1; }

start_own_registry
index=sha256:$(raw "$REGISTRY/test/index")
expect_status 0 marten copy -q "$REGISTRY/test/index" oci:layout:v1
expect_eq "$out" "$index" "the digest that copy prints"
expect_status 0 marten copy -q oci:layout:v1 "oci-archive:index.tar"
expect_status 0 marten copy -q oci-archive:index.tar "$OWN/index:2"
expect_eq "sha256:$(raw "$OWN/index:2")" "$index" "the index after registry, layout, archive and registry"
skopeo copy -q --insecure-policy --all --src-tls-verify=false "docker://$OWN/index:2" dir:all
expect_eq "$(ls all/*.manifest.json | wc -l)" 3 "manifests of the index"

# One platform; a docker-archive holds no more than one.
expect_status 0 marten copy -q --platform linux/arm64 "$REGISTRY/test/index" "$OWN/arm64"
arm64=$out
expect_match "$(skopeo inspect --config --tls-verify=false "docker://$OWN/arm64")" '"architecture": ?"arm64"' "one platform"
expect_status 0 marten copy -q --platform linux/arm64 oci:layout:v1 docker-archive:arm64.tar:mine:1
expect_eq "$out" "$arm64" "the same from the layout"
expect_status 0 marten copy -q docker-archive:arm64.tar:mine:1 "$OWN/arm64-2"
expect_eq "$out" "$arm64" "the same from the docker-archive"
expect_match "$(tar -xOf arm64.tar manifest.json)" '"RepoTags":\["mine:1"\]' "its name"
xz -0 arm64.tar
expect_status 0 marten copy -q docker-archive:arm64.tar.xz oci:layout:arm64
expect_eq "$out" "$arm64" "the same from a compressed archive"
expect_match "$(skopeo inspect oci:layout:arm64)" '"Architecture": ?"arm64"' "a second image in the layout"

# Within a registry nothing travels.
expect_status 0 marten copy "$REGISTRY/test/layers" "$OWN/layers:1"
expect_status 0 marten copy "$OWN/layers:1" "$OWN/moved/layers:1"
expect_no_match "$err" 'done' "blobs sent within one registry"
expect_match "$err" 'mounted' "blobs mounted"
expect_eq "$(raw "$OWN/moved/layers:1")" "$(raw "$REGISTRY/test/layers")" "the manifest"

expect_status 1 marten copy "$REGISTRY/test/nothing" oci:new
expect_one_line_error marten
[ ! -e new ] || fail "a failed copy made a layout"
expect_status 1 marten copy oci:layout:v9 "$OWN/x"
expect_match "$err" "no image 'v9' in it but 'v1', 'arm64'" "a tag that is not there"
expect_status 1 marten copy oci:layout "$OWN/x"
expect_match "$err" 'there are 2 images in it' "two images for one name"
expect_status 2 marten copy oci: "$OWN/x"
