#!/usr/bin/env bash
# not as a user: what it has to do with files of many owners is in marten_owners.sh
# A directory becomes an image and loses nothing: owners, modes, times, hard links, xattrs, capabilities, sparse
# files, odd names. Sockets and the store itself stay out, mounts below it too.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

cp -a "$BUSYBOX_ROOT" tree
cd tree
mkdir -p odd/empty odd/mounted && cd odd
echo owned >owned && chown 1234:1235 owned && chmod 4751 owned
touch -d '2001-02-03 04:05:06.123456789' owned
echo linked >one && ln one two
ln -s /nowhere dangling
mkfifo fifo
mknod device c 1 3
truncate -s 10M sparse
echo name >$'a b\xff\n'
echo attributes >attributes
setfattr -n user.note -v hello attributes
setcap cap_net_raw+ep attributes
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")' 2>/dev/null || true
mount -t tmpfs -o mode=755 mincs-test "$PWD/mounted"
echo hidden >mounted/hidden
cd "$SCRATCH"

list_tree tree | grep --text -vE '^odd/(socket|mounted/hidden) ' >expected

export MINCS_DIR=$SCRATCH/tree/store # below the very directory
status=0
run marten import tree mine:1
umount tree/odd/mounted
expect_eq "$status" 0 "status of import ($err)"
id=$out
expect_match "$id" '^[0-9a-f]{64}$' "what import prints"
expect_status 0 marten li --long
expect_match "$out" "$id .*localhost/mine:1" "li"
expect_whole_store

layer=$MINCS_DIR/layers/$(ls "$MINCS_DIR/layers")
list_tree "$layer" >imported
diff expected imported || fail "the imported tree is another one"
cd "$layer/odd"
expect_eq "$(stat -c %i one)" "$(stat -c %i two)" "inodes of a hard link"
expect_eq "$(getfattr --only-values -n user.note attributes)" hello "an extended attribute"
expect_match "$(getcap attributes)" 'cap_net_raw.?[=+]+ep' "a file capability"
[ "$(stat -c %b sparse)" -lt 1000 ] || fail "the sparse file has $(stat -c %b sparse) blocks"
[ ! -e socket ] || fail "the socket was imported"
expect_eq "$(ls mounted)" "" "what was mounted in the tree"
cd "$SCRATCH"

# The blob is the same layer, compressed: its tar has the DiffID.
blob=$(find "$MINCS_DIR/blobs/sha256" -size +100k)
expect_eq "$(gzip -dc "$blob" | sha256sum | cut -d' ' -f1)" "${layer##*/}" "the digest of the blob's tar"
manifest=$(marten li --format '{manifest}')
expect_match "$(cat "$MINCS_DIR/blobs/sha256/${manifest#sha256:}")" "\"sha256:${blob##*/}\"" "the manifest"
expect_status 0 minc --rm -r mine:1 cat /odd/two
expect_eq "$out" linked "a file of the image"

expect_status 1 marten import "$MINCS_DIR"
expect_one_line_error marten
expect_status 1 marten import nowhere
expect_one_line_error marten
expect_status 2 marten import tree host
expect_whole_store
