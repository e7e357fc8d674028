#!/usr/bin/env bash
# as a user, too
# A registry that sends other bytes than the manifest names is refused, however it goes about it, and nothing of the
# image stays; with the right bytes back the same pull works.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree && echo good >tree/file && head -c 300000 /dev/urandom >tree/random
tar -cf good.tar -C tree file random
tar -cf evil.tar --transform='s,file,evil,' -C tree file random
push_tars app good.tar
digest=$(skopeo inspect --raw --tls-verify=false "docker://$OWN/app" |
    grep -oE '"layers":\[.*' | grep -oE 'sha256:[0-9a-f]{64}')
blob=$(blob_file "$digest")
cp "$blob" good.gz

refused() {
    expect_status 1 marten pull "$OWN/app"
    expect_one_line_error marten
    expect_match "$err" "${1:-${digest:7:12}}" "the error"
    expect_eq "$(marten li | wc -l)" 1 "images recorded"
    expect_whole_store
}

# One byte changed, in the middle.
byte=$(od -An -tu1 -j150000 -N1 good.gz | tr -d ' ')
printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$blob" bs=1 seek=150000 conv=notrunc status=none
refused
# A whole, valid layer, but another one.
gzip -n -1 <evil.tar >"$blob"
refused
# Cut short.
head -c 100000 good.gz >"$blob"
refused
# Longer than it says.
cat good.gz good.gz >"$blob"
refused

cp good.gz "$blob"
expect_status 0 marten pull "$OWN/app"
expect_whole_store
stop_own_registry
