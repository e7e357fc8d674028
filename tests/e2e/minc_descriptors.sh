#!/usr/bin/env bash
# as a user, too
# The command inherits 0, 1 and 2, and no other descriptor of minc or of its caller.
. "$(dirname "$0")/lib.sh"

exec 7</etc/passwd 9>"$SCRATCH/nine"
# By the shell's own test, as any program or pipe would be one more descriptor of pid 1 for a moment.
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c \
    'i=0; while [ $i -lt 200 ]; do [ ! -e /proc/1/fd/$i ] || echo $i; i=$((i + 1)); done'
expect_eq "$out" $'0\n1\n2' "descriptors of pid 1"
# Also where one of the three is closed.
run bash -c 'minc -r "$1" sh -c "ls /proc/1/fd; echo ok >&2" 0<&- ' - "$BUSYBOX_ROOT"
expect_match "$err" ok "with stdin closed"
