#!/usr/bin/env bash
# as a user, too
# lc shows what minc made, running ones with their pid; rm removes what does not run, by name or ID.
. "$(dirname "$0")/lib.sh"
. "$TESTS/fixtures/store.sh"

expect_status 0 marten pull -q "$REGISTRY/library/busybox"
expect_status 0 minc -r busybox --name one true
expect_status 0 minc -r busybox --name two true
minc -r busybox --name runs sleep 60 &
minc_pid=$!
track $minc_pid
is_running() { marten lc | grep -qE '^[0-9a-f]{12}  [0-9]+ +runs '; }
wait_until 20 is_running

expect_status 0 marten lc
expect_match "$out" '^ID +PID +NAME +STATE +ROOT +AGE +COMMAND' "the heading"
expect_match "$out" '[0-9a-f]{12}  - +one +exited 0 +busybox +[0-9]+ seconds? +true' "a stopped container"
pid=$(marten lc | awk '$3 == "runs" {print $2}')
expect_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 60 " "the process of that pid"
expect_match "$(marten ps --format json)" '"name": "two"' "JSON"
expect_eq "$(marten list --long | awk '$3 == "one" {print length($1)}')" 64 "digits of a whole ID"

expect_status 1 marten rm runs
expect_one_line_error marten
expect_match "$err" "'runs' is running" "the error"
expect_status 1 marten rm one nope
expect_match "$(marten lc)" ' one ' "a wrong name removes nothing"
id=$(marten lc --long | awk '$3 == "two" {print $1}')
expect_status 0 marten rm one "${id:0:6}"
expect_match "$out" "$id" "the ID removed"
expect_no_match "$(marten lc)" ' (one|two) ' "containers left"
expect_eq "$(ls "$MINCS_DIR/containers" | wc -l)" 1 "container directories"
kill "$minc_pid"
wait "$minc_pid" || true
expect_status 0 marten rm runs
expect_eq "$(ls "$MINCS_DIR/containers" "$MINCS_DIR/staging" | grep -v : || true)" "" "directories left"
