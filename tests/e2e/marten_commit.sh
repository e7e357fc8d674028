#!/usr/bin/env bash
# as a user, too
# What a container changed becomes a layer on top of its image's: deletions, opaque directories, setuid bits, hard
# links, capabilities and odd names are there when the new image runs, and --change is what docker makes of it.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

cp -a "$BUSYBOX_ROOT" tree
mkdir -p tree/data/dir tree/data/opaque
echo old | tee tree/data/dir/f tree/data/opaque/f tree/data/changed tree/data/gone >/dev/null
chmod 0711 tree
marten import -q tree base >/dev/null
expect_status 0 minc --name work -r base true
upper=$MINCS_DIR/containers/$(marten lc --long --format '{id}')/storage

# Nothing has changed: another image, no further layer.
expect_status 0 marten commit -q -m 'nothing happened' work same
expect_eq "$(marten li --format '{name} {layers}' | sort)" "localhost/base:latest 1
localhost/same:latest 1"

# The script comes by a file, as it has odd names.
cat >"$upper/script" <<'SCRIPT'
rm /script /data/gone
rm -r /data/opaque && mkdir /data/opaque && echo new >/data/opaque/g
rm -r /data/dir && echo file >/data/dir
echo new >/data/changed
cd /data
echo s >setuid && chown 1234:1235 setuid && chmod 6755 setuid
echo linked >one && ln one two
ln -s /nowhere dangling && mkfifo fifo
echo odd >"$(printf 'a b\377\n')"
touch -d '2001-02-03 04:05:06' setuid
SCRIPT
expect_status 0 minc -t work sh /script
setfattr -n user.note -v hello "$upper/data/one"
setcap cap_net_raw+ep "$upper/data/changed"
expect_status 0 marten commit -q -a me --change 'CMD ["cat", "/data/changed"]' -c 'ENV A=1 B="$PATH:x"' work mine:1
id=$out
expect_match "$id" '^[0-9a-f]{64}$' "what commit prints"
expect_eq "$(marten li --format '{name} {layers}' | grep mine)" "localhost/mine:1 2"
expect_whole_store
expect_status 0 marten verify -q

expect_status 0 minc --rm -r mine:1
expect_eq "$out" new "the new command's output"
expect_status 0 minc --rm -r mine:1 sh -c 'echo $A $B; stat -c %a /; stat -c "%a %u:%g %h %Y %n" data/setuid data/one; cat data/dir data/two
    find data script ! -name "a b*" 2>/dev/null | sort; cat data/a*; readlink data/dangling; test -p data/fifo'
expect_eq "$out" "1 /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:x
711
6755 $(shown_owner 1234:1235) 1 981173106 data/setuid
644 0:0 2 $(stat -c %Y "$upper/data/one") data/one
file
linked
data
data/changed
data/dangling
data/dir
data/fifo
data/one
data/opaque
data/opaque/g
data/setuid
data/two
odd
/nowhere"
layer=$MINCS_DIR/layers/$(marten li --format json | jq -r --arg id "$id" '.[] | select(.id == $id).layers[-1]')
expect_eq "$(getfattr --absolute-names --only-values -n user.note "$layer/data/one")" hello "an extended attribute"
expect_match "$(getcap "$layer/data/changed")" cap_net_raw "a file capability"
notes=$(getfattr -hR --absolute-names -m trusted "$layer" | grep '^trusted' | grep -v 'overlay.opaque' || true)
expect_eq "$notes" "" "notes of overlayfs and minc"

# In one layer: the same tree, and nothing that was deleted is in it.
expect_status 0 marten commit -q --squash work flat
expect_eq "$(marten li --format '{name} {layers}' | grep flat)" "localhost/flat:latest 1"
expect_status 0 minc --rm -r flat find /data
flat=$out
expect_status 0 minc --rm -r mine:1 find /data
expect_eq "$(sort <<<"$flat")" "$(sort <<<"$out")" "the tree"
layer=$MINCS_DIR/layers/$(marten li --format json | jq -r '.[] | select(.names[] | test("flat")).layers[0]')
expect_eq "$(find "$layer/data" -name 'gone' -o -path '*/opaque/f')" "" "deleted files in the one layer"
expect_whole_store

expect_status 2 marten commit --change 'RUN ls' work x
expect_one_line_error marten
expect_status 1 marten commit nope
expect_one_line_error marten
