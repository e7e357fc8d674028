#!/usr/bin/env bash
# not as a user: the host's devices are root's
# --usedev shows the host's devices, with terminals and shared memory of the container's own; --debugfs what the kernel
# tells, read-only.
. "$(dirname "$0")/lib.sh"

expect_status 1 minc -r "$BUSYBOX_ROOT" ls /dev/kmsg
expect_status 0 minc --usedev -r "$BUSYBOX_ROOT" sh -c 'ls /dev/kmsg; head -c 3 /dev/zero | wc -c; ls /dev/pts; touch /dev/shm/x'
expect_eq "$out" $'/dev/kmsg\n3\nptmx'
[ ! -e /dev/shm/x ] || fail "/dev/shm is the host's"
expect_eq "$(run_in_terminal minc --usedev -r "$BUSYBOX_ROOT" sh -c 'tty; echo here >/dev/console')" $'/dev/pts/0\nhere'
expect_status 0 minc -k --name box --usedev --pid-max 50 -r "$BUSYBOX_ROOT" sh -c ': </dev/loop-control && echo opened'
expect_eq "$out" opened "a device of the host with a limit"
marten start box >/dev/null
marten wait box >/dev/null
expect_eq "$(marten logs box)" opened "started again"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'ls /sys/kernel/debug | wc -l'
expect_eq "$out" 0 "without --debugfs"
run minc --debugfs -r "$BUSYBOX_ROOT" sh -c 'ls /sys/kernel/debug | wc -l; cat /sys/kernel/tracing/tracing_on; echo 1 2>/dev/null >/sys/kernel/tracing/tracing_on || echo read-only'
if grep -qw debugfs /proc/filesystems && grep -qw tracefs /proc/filesystems; then
    expect_eq "$status" 0 "$err"
    expect_match "$out" $'^[1-9][0-9]*\n[01]\nread-only$'
else
    expect_eq "$status" 125
    expect_one_line_error minc
fi
