#!/usr/bin/env bash
# as a user with lent IDs, too
# control groups are handed over
# top tells the processes of one container and of no other, stats what each uses.
. "$(dirname "$0")/lib.sh"

minc -B --name busy --mem-limit 64m -r "$BUSYBOX_ROOT" sh -c 'sleep 1111 & while :; do :; done' >/dev/null
minc -B --name idle --user alice -r "$BUSYBOX_ROOT" sleep 2222 >/dev/null
# Whom the host sees, which is another than the container does where it is a user's.
root=${MINCS_TEST_USER:-0} alice=1234
[ -z "${MINCS_TEST_USER:-}" ] || alice=501233
two() { [ "$(marten top busy --format '{pid}' | wc -l)" = 2 ]; }
wait_until 20 two
expect_eq "$(marten top --format '{inside} {uid} {command}' busy | tail -n 1)" "2 $root sleep 1111"
expect_eq "$(marten top --format '{inside} {uid} {command}' idle)" "1 $alice sleep 2222"
pid=$(marten top --format '{pid}' idle)
expect_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 2222 " "the process of that pid"
expect_match "$(marten top idle)" '^PID +INSIDE +UID +STATE'
expect_match "$(marten top --format json busy)" '"pid_inside": 2'

expect_status 0 marten stats --no-stream
expect_match "$out" '^ID +NAME +CPU +MEMORY +LIMIT'
share() { marten stats --no-stream --format '{name} {cpu}' | sed -n "s/^$1 \([0-9]*\)\..*/\1/p"; }
is_busy() { [ "$(share busy)" -gt 5 ]; }
wait_until 20 is_busy
[ "$(share idle)" -lt 5 ] || fail "sleep uses $(share idle)% of a CPU"
expect_eq "$(marten stats --no-stream --format '{limit} {processes}' busy)" "64.0 MiB 2"
expect_match "$(marten stats --no-stream --format json idle)" '"memory_limit": null'
run timeout -s INT 3 marten stats --format '{name}'
[ "$(grep -c busy <<<"$out")" -ge 2 ] || fail "stats does not go on: $out"
marten stop -T 0 busy idle >/dev/null
expect_status 1 marten top busy
expect_one_line_error marten
expect_status 1 marten stats --no-stream busy
expect_status 0 marten stats --no-stream --format '{name}'
expect_eq "$out" "" "containers that run"
