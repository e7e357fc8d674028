#!/usr/bin/env bash
# in a machine, too
# as a user, too
# --read-only: nothing of the root can be written; /dev, /proc and exit statuses work as ever.
. "$(dirname "$0")/lib.sh"

run minc --read-only -r "$BUSYBOX_ROOT" sh -c 'echo x >/new'
[ "$status" != 0 ] || fail "a read-only root was written to"
expect_match "$err" "Read-only"
expect_status 0 minc --read-only -r "$BUSYBOX_ROOT" sh -c 'echo x >/dev/null; cat /proc/self/comm'
expect_eq "$out" cat
