#!/usr/bin/env bash
# as a user, too
# Archives that are broken or mean harm are refused with one line, and nothing of them stays.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

skopeo copy -q --insecure-policy --src-tls-verify=false "docker://$REGISTRY/library/busybox" docker-archive:good.tar:x/y:1
skopeo copy -q --insecure-policy --src-tls-verify=false "docker://$REGISTRY/library/busybox" oci:layout:1
marten import -q good.tar >/dev/null # so that there is a store
marten rmi x/y:1 >/dev/null

# expect_refused WHY ARGUMENTS...
expect_refused() {
    local why=$1
    shift
    expect_status 1 marten import -q "$@"
    expect_one_line_error marten
    expect_match "$err" "$why" "the error of '$*'"
    expect_eq "$out" "" "stdout"
    expect_eq "$(find "$MINCS_DIR/staging" "$MINCS_DIR/layers" "$MINCS_DIR/blobs" -mindepth 1 ! -name 'sha*')" "" \
        "what is left of '$*'"
}

head -c 1000000 good.tar >cut.tar
expect_refused 'cut off' cut.tar
gzip -k good.tar
head -c 500000 good.tar.gz >cut.tar.gz
expect_refused 'cut off' cut.tar.gz
expect_refused 'cut off' - <cut.tar.gz
echo 'no archive' >text
expect_refused 'no sound tar' text
expect_refused 'No such file' nowhere.tar

mkdir missing && tar -xf good.tar -C missing
layer=$(cd missing && ls | grep -E '^[0-9a-f]{64}\.tar$')
rm "missing/$layer"
tar -C missing -cf missing.tar .
expect_refused "its layer '$layer' is not in it" missing.tar
ln -s /etc/passwd "missing/$layer"
tar -C missing -cf linked.tar .
expect_refused 'leads out of the archive' linked.tar
rm "missing/$layer"
tar -C "$BUSYBOX_ROOT" -cf "missing/$layer" etc
tar -C missing -cf other.tar .
expect_refused 'is damaged' other.tar

blob=$(find layout/blobs -size +100k)
cp "$blob" kept
printf X | dd of="$blob" bs=1 seek=50000 conv=notrunc status=none
expect_refused 'damaged' layout
rm "$blob" && ln -s "$SCRATCH/kept" "$blob"
expect_refused 'is a link' layout
mv kept "$blob" 2>/dev/null || true

# A bomb, of which only unpacking would show that it is no archive: the full disk ends it, and nothing stays.
mkdir small && mount -t tmpfs -o size=24m mincs-test small
{ printf 'app/%096d' 0; head -c 60M /dev/zero; } | gzip -1 >bomb.gz
status=0
MINCS_DIR=$SCRATCH/small/store run marten import -q bomb.gz
left=$(du -s --exclude=mincs.db\* small | cut -f1)
umount small
expect_eq "$status" 1 "status where the disk is full ($err)"
expect_match "$err" 'No space left on device' "the error"
[ "$left" -lt 1000 ] || fail "$left KiB stay"
