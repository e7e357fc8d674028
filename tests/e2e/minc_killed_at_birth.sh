#!/usr/bin/env bash
# as a user, too
# minc is killed between the birth of its container's first process and that one's wish to die with it: it sees so
# itself. strace makes that moment long.
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || skip "there is no strace"

strace -f -qq -o trace -e trace=prctl -e inject=prctl:delay_enter=500000 "$MINC" -r "$BUSYBOX_ROOT" -e MINCS_DIR sleep 1000 &
track $!
parent() { minc=$(pgrep -P "$1" -x minc); }
child() { pgrep -P "$minc" >/dev/null; }
wait_until 20 parent $!
wait_until 20 child
kill -KILL "$minc"
strace_ended() { ! kill -0 "${tracked[0]}" 2>/dev/null; }
wait_until 60 strace_ended
export -n MINCS_DIR # else the search finds itself
nobody_is_left() { [ -z "$(test_processes)" ]; }
wait_until 20 nobody_is_left
