#!/usr/bin/env bash
# as a user, too
# control groups are handed over
# start runs the last run again, in the background; restart ends it first; rm -f removes what runs.
. "$(dirname "$0")/lib.sh"

touch count
give count
minc -k --name box -e N=1 -w /tmp --read-only --pid-max 40 -b "$SCRATCH:/out" -r "$BUSYBOX_ROOT" \
    sh -c 'echo run $N in $PWD as $(hostname); grep -c . /out/count; echo x >>/out/count; touch /no 2>/dev/null || echo read-only; cat /proc/self/cgroup | grep -c pids:/$' >first || true # the first count is 0, so grep fails
expect_status 0 marten start box
expect_eq "$(marten wait box)" 0
expect_eq "$(marten logs box | sed 2d)" "$(sed 2d first)" "the second run's output"
expect_eq "$(marten logs box | sed -n 2p)" 1 "runs counted"
expect_eq "$(marten inspect --format '{name}' box)" box

minc -B --name server -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
old=$(marten lc --format '{name} {pid}' | sed -n 's/^server //p')
expect_status 1 marten start server
expect_match "$err" "'server' is running"
expect_status 0 marten restart server
new=$(marten lc --format '{name} {pid}' | sed -n 's/^server //p')
[ "$old" != "$new" ] || fail "it was not restarted"
expect_eq "$(marten lc --format '{name} {state}' | sed -n 's/^server //p')" running
# What was changed in it is still there.
marten exec server touch /kept
marten restart -T 1 server >/dev/null
expect_status 0 marten exec server ls /kept

expect_status 1 marten rm server
expect_match "$err" "is running"
expect_status 0 marten rm -f server box
expect_eq "$(marten lc --format '{name}')" "" "containers left"
expect_eq "$(ls "$MINCS_DIR/containers")" "" "directories left"

minc -k --name never -r "$BUSYBOX_ROOT" nosuch 2>/dev/null || true
expect_status 1 marten start never
expect_one_line_error marten
expect_status 1 marten start nosuch
expect_one_line_error marten
