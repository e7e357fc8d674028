#!/usr/bin/env bash
# not as a user: who makes no device nodes needs no protection from them
# A capability with which a container gets hold of nodes of the host's devices opens none of them: their control group
# knows the harmless ones only. It holds for all that have a group.
. "$(dirname "$0")/../lib.sh"

try() {
    expect_status 0 minc --rm --cap-add mknod -r "$BUSYBOX_ROOT" sh -c '
        mknod /dev/another c 1 5 && head -c 3 /dev/another | wc -c
        for node in "kmsg c 1 11" "mem c 1 1" "disk b 7 0" "null b 1 3"; do
            mknod /dev/$node 2>/dev/null && echo "made $node"
        done
        for node in null zero full random urandom tty ptmx; do [ -e /dev/$node ] || echo "no $node"; done
        echo x >/dev/null'
    expect_eq "$out" 3 "with CAP_MKNOD"
    run minc --rm --cap-add sys_admin -r "$BUSYBOX_ROOT" sh -c 'mount -t devtmpfs none /tmp && ls /tmp/kmsg && head -c 1 /tmp/kmsg'
    expect_eq "$out" /tmp/kmsg "with CAP_SYS_ADMIN, of a devtmpfs"
    expect_match "$err" "not permitted" "with CAP_SYS_ADMIN, of a devtmpfs"
    expect_eq "$(run_in_terminal minc --rm --cap-add mknod -r "$BUSYBOX_ROOT" sh -c 'tty; echo x >/dev/pts/0')" $'/dev/pts/0\nx'
}
if [ "${1:-}" = without-v1 ]; then
    umount "$2"
    try
    exit 0
fi
try
devices=$(awk '/ - cgroup / && $NF ~ /(,|^)devices(,|$)/ {print $5; exit}' /proc/self/mountinfo)
[ -n "$devices" ] || exit 0
# the same where there is no such controller, and a program of v2 has its place
grep -q ' - cgroup2 ' /proc/self/mountinfo && unshare --mount "$TESTS/escape/$TEST_NAME.sh" without-v1 "$devices"

# with a limit they are kept out as well, and started again it is so still; privileged is the old way
id=$(minc -B --pid-max 50 -r "$BUSYBOX_ROOT" sleep 1000)
for time in first second; do
    expect_eq "$(sed -n 1p "$devices/mincs/$id/devices.list")" "c 1:3 rwm" "the group's list, the $time time"
    marten restart -T 1 "$id" >/dev/null
done
marten rm -f "$id" >/dev/null
expect_status 0 minc --rm --privileged --pid-max 50 -r "$BUSYBOX_ROOT" sh -c 'mknod /dev/n c 1 11 && echo made; grep -c devices:/$ /proc/self/cgroup'
expect_eq "$out" $'made\n1'
