#!/usr/bin/env bash
# resource: sleepers
# under user-mode Linux, too
# as a user, too
# kill -9 of minc: the container dies with it, no mount or process stays, the store works on.
. "$(dirname "$0")/lib.sh"

is_up() { test -e "$MINCS_DIR"/containers/*/storage/up; }

minc -k --name victim -r "$BUSYBOX_ROOT" sh -c 'echo up >/up; sleep 1000 & sleep 1001' &
pid=$!
track $pid
wait_until 20 is_up
kill -KILL $pid
expect_status 137 wait $pid
gone() { ! pgrep -f '^sleep 100[01]$' >/dev/null; }
wait_until 20 gone
expect_eq "$(grep -c "$SCRATCH" /proc/self/mountinfo || true)" 0 "mounts"
expect_status 0 minc -t victim cat /up
expect_eq "$out" up
expect_status 0 minc -r "$BUSYBOX_ROOT" true
