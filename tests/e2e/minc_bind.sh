#!/usr/bin/env bash
# in a machine, too
# as a user, too
# -b shows a host directory or file in the container, writable or (:ro) not.
. "$(dirname "$0")/lib.sh"

mkdir -p data && echo one >data/file && echo single >single
give data single
expect_status 0 minc -r "$BUSYBOX_ROOT" -b "$PWD/data:/mnt/deep/data" sh -c 'cat /mnt/deep/data/file; echo two >/mnt/deep/data/new'
expect_eq "$out" one
expect_eq "$(cat data/new)" two "what the container wrote"
[ ! -e "$BUSYBOX_ROOT/mnt" ] || fail "the mount point was made in the root directory itself"

expect_status 0 minc -r "$BUSYBOX_ROOT" -b "$PWD/data:/data:ro" cat /data/file
run minc -r "$BUSYBOX_ROOT" -b "$PWD/data:/data:ro" sh -c 'echo three >/data/file'
[ "$status" != 0 ] || fail "a :ro bind was written to"
expect_match "$err" "Read-only" "the shell's message"
expect_eq "$(cat data/file)" one

expect_status 0 minc -r "$BUSYBOX_ROOT" -b "$PWD/single:/etc/single" -b "$PWD/data:/d2" sh -c 'cat /etc/single /d2/file'
expect_eq "$out" $'single\none' "two binds, one a file"

expect_status 125 minc -r "$BUSYBOX_ROOT" -b "$PWD/none:/data" true
expect_one_line_error minc
expect_match "$err" "none" "names what is missing"
