#!/usr/bin/env bash
# as a user, too
# A big blob goes to a registry in parts, and arrives whole.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/registries.sh"
. "$SOURCE_TREE/scripts/oci-layout.sh"

start_registry own
mkdir "$SCRATCH/root"
truncate -s 70M "$SCRATCH/root/big"
oci_init "$SCRATCH/layout"
layer=$(oci_layer "$SCRATCH/layout" "$SCRATCH/root" none)
oci_finish "$SCRATCH/layout" application/vnd.oci.image.manifest.v1+json \
    $(oci_manifest "$SCRATCH/layout" '' amd64 "$layer")
read -r _ digest size _ <<<"$layer"

expect_status 0 marten copy -q "oci:$SCRATCH/layout" "$address/big:1"
expect_eq "$(requests own '"PATCH /v2/big/blobs/uploads/.* 202')" 3 "parts"
expect_eq "$(curl -sS --noproxy '*' "http://$address/v2/big/blobs/$digest" | sha256sum | cut -d' ' -f1)" "${digest#*:}" \
    "what arrived"
