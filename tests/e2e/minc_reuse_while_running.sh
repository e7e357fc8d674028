#!/usr/bin/env bash
# as a user, too
# A container that runs cannot be used a second time or removed; afterwards it can.
. "$(dirname "$0")/lib.sh"

is_up() { test -e "$MINCS_DIR"/containers/*/storage/up; }

minc -k --name busy -r "$BUSYBOX_ROOT" sh -c 'echo up >/up; sleep 1000' &
track $!
wait_until 20 is_up
expect_status 125 minc -t busy true
expect_one_line_error minc
expect_match "$err" "busy|running" "says why"
kill -TERM $!
wait $! || true
expect_status 0 minc -t busy cat /up
expect_eq "$out" up
