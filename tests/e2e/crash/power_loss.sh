#!/usr/bin/env bash
# As crash.sh, but at the Nth change of the disk the power goes: the store is on an ext4 of its own, which is shut down
# (EXT4_IOC_SHUTDOWN), unmounted and mounted again. What was not synced is really lost.
#
# usage: power_loss.sh [SCENARIO[,SCENARIO...] [ACTION[,ACTION...] [POINTS]]]
#   ACTION    shutdown0 (what is under way is finished), shutdown1 (the journal is written), shutdown2 (it is not);
#             default: shutdown0 shutdown1 shutdown2
#   POINTS    so many of each, evenly spread; default: every one. One more is behind the command's end.
# SHARD=I/K in the environment: only every Kth point, beginning with the Ith (from 0).
# In a mount namespace of its own: each container that starts elsewhere takes a copy of the host's mounts with it, and
# a file system that is mounted anywhere is not unmounted.
[ -n "${ALONE:-}" ] || ALONE=1 exec unshare --mount --propagation private bash "$0" "$@"
. "$(dirname "$0")/../lib.sh"
command -v mkfs.ext4 >/dev/null || skip "there is no mkfs.ext4"
. "$TESTS/crash/checks.sh"
MINCS_DIR=$SCRATCH/disk/store
BASE=$SCRATCH/base

# Images of disks in memory: this is about what ext4 was told to write, not about a real disk's speed.
mkdir memory disk && mount -t tmpfs -o size=256m mincs-test memory
power_on() { mount -o loop,commit=600 memory/disk.img disk; }
power_off() { umount disk; }
new_disk() {
    rm -f memory/disk.img && truncate -s 40M memory/disk.img
    mkfs.ext4 -q -F -I 256 -J size=4 memory/disk.img
    power_on 2>.err || skip "an image of an ext4 cannot be mounted: $(cat .err)"
}

cut_and_mount() {
    # Where the command had ended before, the power goes now.
    [ -s hit ] || LD_PRELOAD=$CRASH_SHIM CRASH_AT=1 CRASH_ACTION=$action CRASH_FS=$SCRATCH/disk mkdir disk/x || true
    power_off
    power_on
}

# What was on the disk must be a file system, too.
check_disk() {
    power_off
    e2fsck -fn memory/disk.img >.fsck 2>&1 || complain "e2fsck: $(cat .fsck)"
}

begin_scenario() {
    new_disk
    prepare "$scenario"
    put_base
    power_off
    cp memory/disk.img memory/base.img
}
try_point() {
    cp --sparse=always memory/base.img memory/disk.img
    power_on
    crashed "$at" "$action"
    cut_and_mount 2>.shell
    check_store
    check_disk
}
export CRASH_FS=$SCRATCH/disk
try_points "${1:-$(all_scenarios)}" "${2:-shutdown0,shutdown1,shutdown2}" "${3:-0}" 1
stop_own_registry
umount memory
