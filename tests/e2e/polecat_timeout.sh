#!/usr/bin/env bash
# as a user, too
# -T stops a command that would run for ever, which is no failure; one that ignores SIGTERM is killed.
. "$(dirname "$0")/lib.sh"

start=$SECONDS
expect_status 0 polecat -T 1 -o sleeper.sh "$BUSYBOX_ROOT" sh -c 'trap "" TERM; cat /etc/os-release; while :; do sleep 1; done'
expect_match "$err" 'its time is up'
[ $((SECONDS - start)) -lt 40 ] || fail "it took $((SECONDS - start)) s"
./sleeper.sh >first &
track $!
wait_until 20 grep -q busybox first
