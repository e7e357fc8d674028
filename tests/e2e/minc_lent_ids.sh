#!/usr/bin/env bash
# as a user, only
# What maps lent IDs is a program of the machine's: where it refuses, a container has its user's own ID alone; where it is
# killed, nothing is done, as the same store's files would be others' the next time.
. "$(dirname "$0")/lib.sh"

ids() { minc --rm -r "$BUSYBOX_ROOT" sh -c 'wc -l </proc/self/uid_map'; }
expect_status 0 ids
expect_eq "$out" 2 "the lines of the map"
mkdir bin
with() { # with COMMANDS: what newuidmap does
    printf '#!/bin/sh\n%s\n' "$1" >bin/newuidmap && chmod 755 bin/newuidmap
    PATH=$PWD/bin:$PATH run ids
}
with 'echo "not today" >&2; exit 1'
expect_eq "$status $out" "0 1" "where it refuses: the status and the lines of the map"
with 'kill -KILL $$'
expect_eq "$status" 125 "the status where it is killed"
expect_one_line_error minc
expect_match "$err" "mapping lent IDs: newuidmap ended with status 137"
