#!/usr/bin/env bash
# as a user, too
# A layer whose tar is not the one the image's config names by DiffID is refused, also where only its compressed form
# is missing here.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree && echo good >tree/file
tar -cf good.tar -C tree file
echo evil >tree/file
tar -cf evil.tar -C tree file
good=sha256:$(sha256sum <good.tar | cut -d' ' -f1)

# An image that says its layer is good.tar, and brings evil.tar.
push_liar() {
    local layout
    layout=$(mktemp -d)
    oci_init "$layout"
    gzip -n -1 <evil.tar >"$layout/packed"
    push_layout "$layout" liar "$(oci_manifest "$layout" '' amd64 \
        "application/vnd.oci.image.layer.v1.tar+gzip $(oci_blob "$layout" "$layout/packed") $good")"
}
push_liar
push_tars app good.tar

expect_status 1 marten pull "$OWN/liar"
expect_one_line_error marten
expect_match "$err" "${good#sha256:}" "the error"
expect_whole_store

expect_status 0 marten pull "$OWN/app"
expect_status 1 marten pull "$OWN/liar"
expect_one_line_error marten
expect_eq "$(cat "$MINCS_DIR/layers/${good#sha256:}/file")" good "the layer that is here"
expect_eq "$(marten li | wc -l)" 2 "lines of li"
expect_whole_store
stop_own_registry
