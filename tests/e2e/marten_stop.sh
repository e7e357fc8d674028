#!/usr/bin/env bash
# as a user, too
# stop asks, then kills; kill sends what one says; wait tells how it ended.
. "$(dirname "$0")/lib.sh"

busybox() { minc -B --name "$@" >/dev/null; }
busybox polite -r "$BUSYBOX_ROOT" sh -c 'trap "echo bye; exit 4" TERM; echo up; while :; do sleep 0.1; done'
is_up() { marten logs polite | grep -q up; }
wait_until 20 is_up
expect_status 0 marten stop polite
expect_match "$out" '^[0-9a-f]{64}$' "stdout"
expect_eq "$(marten wait polite)" 4
expect_eq "$(marten logs polite | tail -n 1)" bye

busybox deaf -r "$BUSYBOX_ROOT" sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
is_up() { marten logs deaf | grep -q up; }
wait_until 20 is_up
begin=$SECONDS
expect_status 0 marten stop -T 1 deaf
[ $((SECONDS - begin)) -lt 8 ] || fail "stop took too long"
expect_eq "$(marten wait deaf)" 137

# Several at once, one of them without any handler, one that has ended already.
busybox a -r "$BUSYBOX_ROOT" sleep 1000
busybox b -r "$BUSYBOX_ROOT" sleep 1000
expect_status 0 marten stop a b deaf
expect_eq "$(marten wait a b deaf)" $'143\n143\n137'
expect_status 0 marten stop -s INT a

# One in the foreground, also by a signal of its own.
minc -k --name front -r "$BUSYBOX_ROOT" sh -c 'trap "exit 9" USR1; echo up; while :; do sleep 0.1; done' >front.log &
pid=$!
track $pid
wait_until 20 grep -q up front.log
expect_status 0 marten kill -s usr1 front
expect_status 9 wait $pid
expect_eq "$(marten wait front)" 9
expect_eq "$(marten lc --format '{name} {state}' | grep front)" "front exited 9"

# wait waits.
busybox later -r "$BUSYBOX_ROOT" sh -c 'sleep 1; exit 6'
begin=$(date +%s%N)
expect_eq "$(marten wait later)" 6
[ $(($(date +%s%N) - begin)) -gt 300000000 ] || fail "wait did not wait"

# Bad input.
expect_status 1 marten kill a
expect_match "$err" "'a' is not running"
expect_one_line_error marten
expect_status 2 marten kill -s NOSUCH a
expect_one_line_error marten
expect_status 2 marten stop -T soon a
expect_status 2 marten stop
expect_status 1 marten wait nosuch
expect_one_line_error marten
minc -k --name never -r "$BUSYBOX_ROOT" nosuch 2>/dev/null || true
expect_status 1 marten wait never
expect_match "$err" "has never run"
expect_eq "$(marten lc --format '{name} {state}' | grep never)" "never created"
