#!/usr/bin/env bash
# in a machine, too
# as a user, too
# -w is where the command starts, inside the root; a missing one is an error that names it.
. "$(dirname "$0")/lib.sh"

expect_status 0 minc -r "$BUSYBOX_ROOT" pwd
expect_eq "$out" / "without -w"
expect_status 0 minc -r "$BUSYBOX_ROOT" -w /usr/bin pwd
expect_eq "$out" /usr/bin
cp -a "$BUSYBOX_ROOT" root
mkdir -p "$SCRATCH/outside"
ln -s "$SCRATCH/outside" root/link
run minc -r ./root -w /link pwd
expect_eq "$(ls -A outside)" "" "a directory outside the root"
run minc -r "$BUSYBOX_ROOT" -w /etc/passwd pwd
[ "$status" != 0 ] || fail "a file was taken for a working directory"
expect_one_line_error minc
expect_match "$err" "/etc/passwd"
