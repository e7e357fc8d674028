#!/usr/bin/env bash
# as a user, too
# What unpacks to more than --max-size allows, or than the disk has room for, is refused before the disk is full, and gives its
# space back.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

start_own_registry
mkdir tree && truncate -s 300M tree/zeros
tar -C tree -cf bomb.tar zeros
push_tars bomb bomb.tar
head -c 70M /dev/urandom >tree/zeros
tar -C tree -cf dense.tar zeros
push_tars dense dense.tar
# one image whose layers are only together too much
for i in 1 2; do
    head -c 600k /dev/zero >tree/zeros
    echo $i >>tree/zeros
    tar -C tree -cf part$i.tar zeros
done
push_tars parts part1.tar part2.tar
rm dense.tar tree/zeros

mkdir small
mount -t tmpfs -o size=64m mincs-test "$SCRATCH/small"
export MINCS_DIR=$SCRATCH/small/store
expect_status 0 marten pull -q "$REGISTRY/library/busybox"
used() { df --output=used -k small | tail -n 1; }
before=$(used)
# expect_no_room WHY COMMAND...
expect_no_room() {
    local why=$1
    shift
    expect_status 1 "$@"
    expect_one_line_error marten
    expect_match "$err" "$why" "the error"
    expect_whole_store
    expect_eq "$(find "$MINCS_DIR/partial" -type f)" "" "what was kept"
    [ "$(used)" -le $((before + 200)) ] || fail "$(($(used) - before)) KiB stay"
}

expect_no_room "layer [0-9a-f]{12}: the store's file system is nearly full: No space left" marten pull -q "$OWN/bomb"
expect_match "$err" "hint: 'marten rmi" "the hint"
expect_no_room "$OWN/dense:latest': it takes at least 70.0 MiB, and the store's file system has room for [0-9.]+ MiB: No space" \
    marten pull -q "$OWN/dense"
gzip -1 <bomb.tar >bomb.tar.gz
expect_no_room "importing 'bomb.tar.gz': the store's file system is nearly full" marten import -q bomb.tar.gz
skopeo copy --quiet --insecure-policy --src-tls-verify=false "docker://$OWN/bomb" docker-archive:bomb-archive.tar:bomb:1
expect_no_room "importing 'bomb-archive.tar': it takes at least 300.0 MiB" marten import -q bomb-archive.tar

expect_no_room "the image's layers have more than 1.0 MiB, which --max-size allows: File too large" \
    marten pull -q --max-size 1m "$OWN/parts"
head -c 2M /dev/zero >tree/two
expect_no_room "the image's layers have more than 1.0 MiB, which --max-size allows" marten import -q --max-size 1m tree
tar -C tree --transform 's,^,usr/,' -czf root.tar.gz two
expect_no_room "the image's layers have more than 1.0 MiB, which --max-size allows" marten import -q --max-size 1m root.tar.gz
expect_status 0 marten pull -q --max-size 2m "$OWN/parts"
expect_status 2 marten pull --max-size much "$OWN/parts"
expect_whole_store
umount "$SCRATCH/small"
stop_own_registry
