#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# --init: the command is not pid 1, orphans are reaped, signals are handed on, and the status stays the command's.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'echo $$'
expect_eq "$out" 1 "the pid without it"
expect_status 0 minc --init -r "$BUSYBOX_ROOT" sh -c 'echo $$ $PPID'
expect_match "$out" "^[2-9] 1\$" "pid and parent"
expect_status 0 minc --init -r "$BUSYBOX_ROOT" sh -c 'ls /proc/1/fd /proc/1/exe 2>&1; true'
expect_match "$out" "Permission denied" "a look into pid 1, which is a program of the host"
for status in 0 1 42 126 255; do expect_status $status minc --init -r "$BUSYBOX_ROOT" sh -c "exit $status"; done
expect_status 127 minc --init -r "$BUSYBOX_ROOT" no-such-command
expect_match "$err" "running 'no-such-command': not found" "a command that is missing"
for signal in TERM KILL SEGV; do
    expect_status $((128 + $(kill -l $signal))) minc --init -r "$BUSYBOX_ROOT" sh -c "kill -$signal \$\$"
done

# orphans: none is left as a zombie
count='for i in 1 2 3 4 5; do (sleep 0.1 &) ; done; sleep 0.5; cat /proc/[0-9]*/status | grep -c "^State:.*zombie"'
expect_status 1 minc --init -r "$BUSYBOX_ROOT" sh -c "$count"
expect_eq "$out" 0 "zombies"

# signals from outside, and from inside to pid 1
minc --init -r "$BUSYBOX_ROOT" sh -c 'trap "echo got; exit 7" TERM; echo ready; while :; do sleep 0.05; done' >said &
container=$!
track $container
wait_until 20 grep -q ready said
kill -TERM $container
status=0
wait $container || status=$?
expect_eq "$status $(tail -n 1 said)" "7 got" "status and word of a command that was asked to end"
expect_status 5 minc --init -r "$BUSYBOX_ROOT" sh -c 'trap "exit 5" USR1; kill -USR1 1; while :; do sleep 0.05; done'

# in the background, and started again
expect_status 0 minc -B --init --name box -r "$BUSYBOX_ROOT" sh -c 'echo pid $$; exit 3'
expect_status 0 marten wait box
expect_eq "$out" 3 "its status"
expect_status 0 marten start box
expect_status 0 marten wait box
expect_eq "$(marten logs box | sort -u)" "$(marten logs box | head -n 1)" "what both said"
expect_no_match "$(marten logs box)" "pid 1$" "the pid"
expect_status 0 marten rm box
