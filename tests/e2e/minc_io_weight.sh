#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# --io-weight sets the weight of the container's group, where a disk has the scheduler that heeds it.
# resource: bfq
. "$(dirname "$0")/lib.sh"

blkio=$(awk '/ - cgroup / && $NF ~ /(,|^)blkio(,|$)/ {print $5; exit}' /proc/self/mountinfo)
[ -n "$blkio" ] || skip "no blkio controller here"
truncate -s 1M disk
loop=$(losetup --show -f disk) || skip "no loop device"
scheduler=/sys/block/${loop##*/}/queue/scheduler
before=$(sed 's/.*\[\(.*\)\].*/\1/' "$scheduler")
restore() {
    echo "$before" >"$scheduler"
    losetup -d "$loop"
}
echo bfq 2>/dev/null >"$scheduler" || {
    restore
    skip "no BFQ here"
}
status=0
id=$(minc -B --rm --io-weight 321 -r "$BUSYBOX_ROOT" sleep 1000) || status=$?
weight=$(cat "$blkio${MINCS_TEST_GROUP:-}/mincs/$id/blkio.bfq.weight") || status=$?
marten rm -f "$id" >/dev/null || status=$?
restore
expect_eq "$status" 0 "status"
expect_eq "$weight" 321 "weight of the group"
