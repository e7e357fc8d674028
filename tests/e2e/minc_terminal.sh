#!/usr/bin/env bash
# in a machine, too
# as a user, too
# On a terminal the command gets one of its own; its size, its status and its line discipline are right.
. "$(dirname "$0")/lib.sh"

answer=$(run_in_terminal minc -r "$BUSYBOX_ROOT" sh -c 'test -t 0 && test -t 1 && test -t 2 && tty')
expect_match "$answer" '^/dev/(pts/0|console)' "the terminal's name inside"
expect_status 9 run_in_terminal minc -r "$BUSYBOX_ROOT" sh -c 'exit 9'
answer=$(run_in_terminal bash -c 'stty rows 33 cols 77; minc -r "$1" stty size' - "$BUSYBOX_ROOT")
expect_match "$answer" '^33 77' "its size"
answer=$(run_in_terminal bash -c 'old=$(stty -g); minc -r "$1" true; [ "$old" = "$(stty -g)" ] && echo restored' - "$BUSYBOX_ROOT")
expect_match "$answer" restored "the caller's terminal afterwards"
# Without one at both ends there is none.
expect_status 0 minc -r "$BUSYBOX_ROOT" sh -c 'test -t 1 || echo none'
expect_eq "$out" none
