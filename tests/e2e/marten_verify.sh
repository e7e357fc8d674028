#!/usr/bin/env bash
# not as a user: it damages the store as root, and compares owners that root has set
# verify is silent about a healthy store, whatever its images hold, and names every single thing that is not as the
# registry sent it; --repair makes just that anew, and touches nothing else.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

for image in test/layers test/zstd library/busybox test/index; do
    expect_status 0 marten pull -q "$REGISTRY/$image"
done
mkdir tree && echo mine >tree/mine
expect_status 0 marten import -q tree mine
expect_status 0 marten verify
expect_eq "$out" "" "what verify says of a healthy store"
expect_match "$err" "^marten: 5 images, 6 layers, .*: all is as it was sent\$" "the summary"
expect_status 0 marten verify -q mine
expect_eq "$out$err" "" "what verify -q says of a healthy image"

# layer_with PATH: the layer of a pulled image that has it
layer_with() {
    local found
    found=$(ls -d "$MINCS_DIR"/layers/*/"$1")
    echo "${found%/"$1"}"
}
# Flips the lowest bit of a byte, and keeps the time, as a failing disk would.
flip() {
    local byte
    touch -r "$1" stamp
    byte=$(od -An -tu1 -j"$2" -N1 "$1" | tr -d ' ')
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
    touch -r stamp "$1"
}
# With its birth, as a new file may get the number of one that was removed.
inodes() { (cd "$MINCS_DIR" && stat -c '%n %i %w' layers/* blobs/sha256/* | sort); }
inodes >before

layers=$(layer_with data/becomes-dir/f)
busybox=$(layer_with more)
mine=$(layer_with mine)
expected=()
says() { expected+=("$1"); }
flip "$layers/data/changed" 0 && says "layer ${layers: -64:12}: 'data/changed' content differs"
chmod 600 "$layers/data/becomes-file" && says "'data/becomes-file' mode is 0600 instead of 0644"
chown 5 "$layers/data/opaque/new" && says "'data/opaque/new' owner is 5:0 instead of 0:0"
touch "$layers/data/becomes-dir/f" && says "'data/becomes-dir/f' time is [0-9.]* instead of 1700000000"
setfattr -n user.new -v x "$layers/lib" && says "'lib' attribute 'user.new' is not the layer's"
setfattr -x trusted.overlay.opaque "$layers/data/opaque" && says "'data/opaque' .*'trusted.overlay.opaque' is missing"
rm "$layers/data/gone" && says "'data/gone' is missing"
echo more >$layers/$'data/e\nsc\e[2J' && says "'data/e\\\\nsc\\\\x1b\[2J' is not the layer's"
rm -r "${busybox:?}" && says "layer ${busybox: -64:12}: its directory is missing"
flip "$mine/mine" 0 && says "localhost/mine:latest: layer ${mine: -64:12}: 'mine' content differs"
id=$(marten li --long | awk '/library.busybox/ {print $1}')
blob_of() { # NAME: the blob of the image's topmost layer
    skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/$1" | hex_digits_in_order | tail -n 1
}
hex_digits_in_order() { grep -oE '\b[0-9a-f]{64}\b'; }
blob=$(blob_of library/busybox)
manifest=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/test/layers" | sha256sum | cut -d' ' -f1)
flip "$MINCS_DIR/blobs/sha256/$blob" 5000 && says "blob ${blob:0:12}:? has the digest"
truncate -s 100 "$MINCS_DIR/blobs/sha256/$manifest" && says "manifest ${manifest:0:12}: has 100 bytes instead of"
rm "$MINCS_DIR/blobs/sha256/$id" && says "config ${id:0:12}: its blob is missing"

expect_status 1 marten verify
expect_one_line_error marten
for said in "${expected[@]}"; do grep -qE -- "$said" <<<"$out" || fail "not found: $said in: $out"; done
found=$out
expect_status 1 marten verify
expect_eq "$out" "$found" "what a second verify says"

expect_status 0 marten verify --repair
expect_match "$err" 'repaired$' "the summary"
expect_status 0 marten verify
expect_eq "$out" "" "what verify says after the repair"
expect_whole_store
inodes >after
changed=$(comm -13 before after | cut -d' ' -f1 | sort)
expect_eq "$changed" "$(printf '%s\n' "layers/${layers##*/}" "layers/${busybox##*/}" "layers/${mine##*/}" \
    "blobs/sha256/$blob" "blobs/sha256/$manifest" "blobs/sha256/$id" | sort)" "what was made anew"

# What was made here no registry has.
for blob in "$MINCS_DIR"/blobs/sha256/*; do
    [ "$(gzip -dc "$blob" 2>/dev/null | sha256sum | cut -d' ' -f1)" != "${mine##*/}" ] || rm "$blob"
done
expect_status 1 marten verify --repair mine
expect_match "$out" "localhost/mine:latest: layer ${mine: -64:12}: its blob [0-9a-f]{12} is missing" "the damage"
expect_match "$out" "cannot be repaired: no registry has it, as the image was made here" "why it stays"
expect_one_line_error marten
expect_status 0 marten verify -q "$REGISTRY/test/layers"
