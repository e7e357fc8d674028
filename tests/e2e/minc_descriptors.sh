#!/usr/bin/env bash
# The command inherits 0, 1 and 2, and no other descriptor of minc or of its caller.
. "$(dirname "$0")/lib.sh"

exec 7</etc/passwd 9>"$SCRATCH/nine"
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'ls -l /proc/1/fd | awk "NF > 8 {print \$9}"'
expect_eq "$out" $'0\n1\n2' "descriptors of pid 1"
# Also where one of the three is closed.
run bash -c 'minc -r "$1" sh -c "ls /proc/1/fd; echo ok >&2" 0<&- ' - "$BUSYBOX_ROOT"
expect_match "$err" ok "with stdin closed"
