#!/usr/bin/env bash
# as a user, too
# A container's pid 1 of ours (--init) hides, from an ordinary user too: files are copied in and out, and commands join, all the same.
. "$(dirname "$0")/lib.sh"

minc -B --init --name box -r "$BUSYBOX_ROOT" sleep 1000 >/dev/null
echo text >file
expect_status 0 marten cp file box:/file
expect_status 0 marten exec box cat /file
expect_eq "$out" text "a file copied in"
expect_status 0 marten cp box:/file -
expect_eq "$(tar -xO <"$SCRATCH/.out")" text "a file copied out"
marten rm -f box >/dev/null
