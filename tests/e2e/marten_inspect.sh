#!/usr/bin/env bash
# as a user, too
# inspect tells all about images and containers as JSON or by field; history tells how an image was made.
. "$(dirname "$0")/lib.sh"

marten import -q "$BUSYBOX_ROOT" base >/dev/null
expect_status 0 minc --name work -r base sh -c 'echo 12345 >/five'
expect_status 0 marten commit -q -m "why not" --change 'CMD ["cat", "/five"]' --change 'LABEL a=b' work mine:1
id=$out

expect_status 0 marten inspect mine:1 work
json=$out
get() { jq -r "$1" <<<"$json"; }
expect_eq "$(get '.[0] | .type, .id, .names[0], .config.Cmd[1], .config.Labels.a, (.layers | length), .layers[1].size')" \
    "image
$id
localhost/mine:1
/five
b
2
6"
manifest=$(get '.[0].manifest')
expect_eq "sha256:$(sha256sum <"$MINCS_DIR/blobs/sha256/${manifest#sha256:}" | cut -d' ' -f1)" "$manifest" "the manifest"
blob=$(get '.[0].layers[1].blob.digest')
expect_eq "$(stat -c %s "$MINCS_DIR/blobs/sha256/${blob#sha256:}")" "$(get '.[0].layers[1].blob.size')" "the blob's size"
expect_eq "$(cat "$(get '.[0].layers[1].directory')/five")" 12345
expect_eq "$(get '.[1] | .type, .name, .running, .command')" "container
work
false
sh -c echo 12345 >/five"
expect_eq "$(cat "$(get '.[1].upper')/five")" 12345

expect_status 0 marten inspect --format '{id}\t{config.Cmd}\t{mounted}' mine:1
expect_eq "$out" "$id"$'\t["cat","/five"]\t-'
expect_status 2 marten inspect --format '{nope}' mine:1
expect_one_line_error marten
expect_status 1 marten inspect nope
expect_one_line_error marten

expect_status 0 marten history mine:1
expect_eq "$(sed -E 's/[0-9a-f]{12}/KEY/; s/[0-9]+ seconds?/AGE/; s/ +/ /g; s/ $//; s/[0-9.]+ MiB/SIZE/' <<<"$out")" "LAYER AGE SIZE BY COMMENT
- AGE 0 B LABEL a=b
- AGE 0 B CMD [\"cat\", \"/five\"]
KEY AGE 6 B sh -c echo 12345 >/five why not
KEY AGE SIZE marten import"
expect_eq "$(marten history --format json mine:1 | jq -c '.[2] | [.size, .comment, .created_by]')" \
    '[6,"why not","sh -c echo 12345 >/five"]'

# One word for both is an error.
expect_status 0 minc --name base -r base true
expect_status 1 marten inspect base
expect_match "$err" 'container .* or the image'
