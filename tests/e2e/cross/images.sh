#!/usr/bin/env bash
# as a user, too
# An index for two platforms in a real registry: pull --platform takes the other machine's image, and it runs without a word.
. "$(dirname "$0")/lib.sh"
. "$SOURCE_TREE/scripts/oci-layout.sh"

layout=$SCRATCH/layout
make_root native /bin/busybox
oci_init "$layout"
config='"Cmd":["/bin/sh"],"Env":["PATH=/bin"]'
amd64=$(oci_manifest "$layout" "$config" amd64 "$(oci_layer "$layout" native)")
arm64=$(oci_manifest "$layout" "$config" arm64 "$(oci_layer "$layout" "$ARM_ROOT")")
read -r digest size < <(oci_text_blob "$layout" "$(oci_index "$(oci_entry $amd64 linux/amd64)" "$(oci_entry $arm64 linux/arm64/v8)")")
oci_finish "$layout" application/vnd.oci.image.index.v1+json "$digest" "$size"
name=test/two-$$-${MINCS_TEST_IDS:-root}
skopeo copy --quiet --insecure-policy --all --dest-tls-verify=false --preserve-digests "oci:$layout:latest" "docker://$REGISTRY/$name:latest"

expect_status 0 marten pull -q "$REGISTRY/$name"
expect_eq "$(minc --rm -r "$REGISTRY/$name" uname -m)" x86_64
for platform in linux/arm64 linux/arm64/v8; do
    expect_status 0 marten pull -q --platform $platform "$REGISTRY/$name"
    expect_status 0 minc --rm -r "$REGISTRY/$name" uname -m
    expect_eq "$out" aarch64
    expect_eq "$err" ""
done
expect_status 7 minc --rm -r "$REGISTRY/$name" sh -c 'exit 7'
expect_status 0 minc --rm --debug -r "$REGISTRY/$name" true
expect_match "$err" "the image is for arm64"
minc -B --name box -r "$REGISTRY/$name" sleep 1000 >/dev/null
expect_status 4 marten exec box sh -c 'uname -m; exit 4'
expect_eq "$out" aarch64
marten stop box >/dev/null
expect_eq "$(minc -t box uname -m)" aarch64
marten rm box >/dev/null
expect_status 1 marten pull -q --platform linux/s390x "$REGISTRY/$name"
expect_one_line_error marten
