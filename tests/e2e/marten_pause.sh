#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# pause holds every process of a container still, unpause lets them go on; nothing of it stays.
. "$(dirname "$0")/lib.sh"

minc -B --name box -r "$BUSYBOX_ROOT" sh -c 'sh -c "while :; do echo child; sleep 0.05; done" & while :; do echo init; sleep 0.05; done' >/dev/null
lines() { marten logs box | grep -c "$1" || true; }
busy() { [ "$(lines child)" -gt 3 ] && [ "$(lines init)" -gt 3 ]; }
wait_until 20 busy
expect_status 0 marten pause box
expect_eq "$(marten lc --format '{state}')" paused
expect_match "$(marten inspect box)" '"state": "paused"'
before="$(lines child) $(lines init)"
sleep 0.4
expect_eq "$(lines child) $(lines init)" "$before" "lines while paused"
expect_status 125 marten exec box true
expect_match "$err" "is paused"
expect_status 1 marten pause box
expect_one_line_error marten
expect_status 0 marten unpause box
expect_eq "$(marten lc --format '{state}')" running
goes_on() { [ "$(lines child) $(lines init)" != "$before" ]; }
wait_until 20 goes_on
expect_status 1 marten unpause box
expect_one_line_error marten

# A paused one can be ended, and with limits it is the same.
marten pause box >/dev/null
expect_status 0 marten stop box
minc -B --name limited --pid-max 20 -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
marten pause limited >/dev/null
expect_status 0 marten kill limited
expect_eq "$(marten wait box limited)" $'143\n137'
expect_status 1 marten pause box
expect_match "$err" "is not running"

# Those of other users, too, where they are not all one.
if [ "${MINCS_TEST_IDS:-}" != alone ] && [ -z "${WITHOUT_V2:-}" ]; then
    minc -B --name alice --user alice -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
    expect_status 0 marten pause alice
    expect_status 0 marten unpause alice
    expect_status 0 marten kill alice
fi

# Processes that have ended and are not waited for are in nobody's way.
minc -B --name zombie -r "$BUSYBOX_ROOT" sh -c 'sleep 0.01 & exec sleep 1000' >/dev/null
zombie=$(marten lc --format '{name} {pid}' | sed -n 's/^zombie //p')
has_zombie() { ps --ppid "$zombie" -o stat= | grep -q Z; }
wait_until 20 has_zombie
expect_status 0 marten pause zombie
expect_status 0 marten unpause zombie
expect_status 0 marten kill zombie
