#!/usr/bin/env bash
# under user-mode Linux, too
# as a user, too
# -k keeps the container of a directory, -t uses it again: by ID, by name, by a directory of one's own.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -k --cidfile id --name tom -r "$BUSYBOX_ROOT" sh -c 'echo one >/kept; hostname'
expect_eq "$out" tom "--name is the host name"
expect_status 0 minc -t tom sh -c 'cat /kept; echo two >>/kept'
expect_eq "$out" one
expect_status 0 minc -t "$(head -c 8 id)" cat /kept
expect_eq "$out" $'one\ntwo'

expect_status 125 minc -k --name tom -r "$BUSYBOX_ROOT" true
expect_one_line_error minc
expect_status 125 minc -t nobody-of-that-name true
expect_one_line_error minc
expect_status 125 minc --cidfile id -r "$BUSYBOX_ROOT" true
expect_one_line_error minc

mkdir mine
give mine
expect_status 0 minc -t ./mine -r "$BUSYBOX_ROOT" sh -c 'echo three >/kept'
expect_eq "$(cat mine/storage/kept)" three "the upper directory of -t DIR"
expect_status 0 minc -t ./mine -r "$BUSYBOX_ROOT" cat /kept
expect_eq "$out" three
expect_eq "$(ls "$MINCS_DIR/containers" | wc -l)" 1 "only the kept one stays"
