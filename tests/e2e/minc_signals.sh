#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# Signals to minc reach the command; death by signal N is status 128+N.
. "$(dirname "$0")/lib.sh"

# Of the signals that a process sends itself only the kernel's own (SIGSEGV here) kill a pid 1.
expect_status 139 minc -r "$DEBIAN_ROOT" perl -e 'print unpack("p", pack("Q", 1))'
expect_status 137 minc -r "$BUSYBOX_ROOT" sh -c 'sh -c "kill -KILL \$\$"; exit $?'

# The shell's trap runs: the signal was forwarded, not taken as an order to kill.
minc -r "$BUSYBOX_ROOT" sh -c 'trap "echo asked; exit 4" TERM; echo ready; while :; do sleep 0.1; done' >talk &
pid=$!
track $pid
wait_until 20 grep -q ready talk
kill -TERM $pid
expect_status 4 wait $pid
expect_eq "$(tail -n 1 talk)" asked

# A command without a handler: pid 1 of a namespace ignores what it does not handle, yet the user means it.
minc -r "$BUSYBOX_ROOT" sleep 1000 &
pid=$!
track $pid
sleep 0.5
kill -TERM $pid
expect_status 143 wait $pid
